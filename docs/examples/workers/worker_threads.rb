# SPDX-License-Identifier: BSD-3-Clause
#
# A job queue with ruby-redis: one producer and 20 worker threads. A worker sleeps in BRPOP until there is a job; the
# time-out gives it a chance to see that no more will come. Each thread has a client of its own: a client runs one
# command at a time, and BRPOP may take long. Usage: ruby worker_threads.rb [PORT]
require "redis"

PORT = Integer(ARGV.fetch(0, 6379))
WORKERS = 20
JOBS = 10_000
QUEUE = "jobs:ruby".freeze

done = Thread::Queue.new
all_are_queued = false

workers = Array.new(WORKERS) do
  Thread.new do
    redis = Redis.new(host: "127.0.0.1", port: PORT)
    loop do
      _queue, job = redis.brpop(QUEUE, timeout: 1)
      if job
        done << Integer(job) # here the work would be done
      elsif all_are_queued
        break
      end
    end
    redis.close
  end
end

producer = Redis.new(host: "127.0.0.1", port: PORT)
JOBS.times { |job| producer.lpush(QUEUE, job) }
all_are_queued = true
workers.each(&:join)

jobs = Array.new(done.size) { done.pop }
abort "#{jobs.size} jobs were done, #{jobs.uniq.size} different ones, instead of #{JOBS}" if jobs.sort != [*0...JOBS]
puts "#{JOBS} jobs, each done exactly once by one of #{WORKERS} threads"
