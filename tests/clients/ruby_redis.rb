# SPDX-License-Identifier: BSD-3-Clause
#
# What a program with ruby-redis does: commands, pipelines, transactions with WATCH, blocking lists,
# publish/subscribe, MONITOR, scans. Usage: ruby_redis.rb PORT. Exits with a text when a reply is not what the
# library promises.
require "redis"

PORT = Integer(ARGV[0])

def client(**options)
  Redis.new(host: "127.0.0.1", port: PORT, timeout: 60, **options)
end

def check(condition, what)
  abort "FAILED: #{what}" unless condition
end

def plain_commands(r)
  check(r.set("k", "v") == "OK" && r.get("k") == "v", "set, get")
  check(r.set("k", "w", nx: true) == false && r.set("k", "w", xx: true), "set nx, xx")
  check(r.setex("t", 100, "1") == "OK" && r.ttl("t").between?(90, 100), "setex, ttl")
  check(r.incrby("n", 5) == 5 && r.decr("n") == 4 && r.incrbyfloat("n", 0.5) == 4.5, "counters")
  check(r.mset("a", 1, "b", 2) == "OK" && r.mget("a", "none", "b") == ["1", nil, "2"], "mset, mget")
  check(r.mapped_mget("a", "b") == { "a" => "1", "b" => "2" }, "mapped_mget")
  check(r.append("k", "xy") == 3 && r.getrange("k", 0, -1) == "wxy" && r.strlen("k") == 3, "ranges")
  check(r.exists("k", "none") == 1 && r.exists?("k") && r.type("k") == "string", "exists, type")
  check(r.expire("k", 100) && r.persist("k") && r.rename("k", "k2") == "OK" && r.del("k2") == 1, "keys")
  check(r.rpush("l", %w[a b c]) == 3 && r.lrange("l", 0, -1) == %w[a b c] && r.lpop("l", 2) == %w[a b], "lists")
  check(r.lmove("l", "m", "LEFT", "RIGHT") == "c" && r.llen("m") == 1 && r.lindex("m", 0) == "c", "lmove")
  check(r.info["redis_version"].start_with?("7.") && r.info("commandstats").key?("get"), "info")
  check(r.config(:get, "save").key?("save") && r.config(:set, "timeout", 0) == "OK", "config")
  check(r.client(:list).any? { |c| c["cmd"] == "client|list" }, "client list")
  check(r.slowlog(:len) >= 0 && r.slowlog(:get).is_a?(Array) && r.slowlog(:reset) == "OK", "slowlog")
  check(r.time.size == 2 && r.dbsize > 0 && r.object(:encoding, "a") == "int", "time, dbsize, object")
  100.times { |i| r.set("scan:#{i}", i) }
  check(r.scan_each(match: "scan:*").to_a.uniq.size == 100, "scan_each")
end

def errors(r)
  r.set("text", "abc")
  [-> { r.incr("text") }, -> { r.call("NOSUCH") }, -> { r.lpush("text", "x") }].each do |command|
    raised = begin
      command.call
      false
    rescue Redis::CommandError
      true
    end
    check(raised, "an error reply did not raise")
  end
end

def pipelines(r)
  replies = r.pipelined do |pipe|
    5_000.times { |i| pipe.set("p#{i}", i) && pipe.get("p#{i}") }
  end
  check(replies.size == 10_000 && replies.last == "4999", "pipelined")
  check(r.multi { |tx| tx.set("x", 1) && tx.incr("x") } == ["OK", 2], "multi")
end

def watch_loops(r)
  r.set("counter", 0)
  threads = Array.new(4) do
    Thread.new do
      own = client
      100.times do
        done = nil
        until done
          done = own.watch("counter") do
            value = own.get("counter").to_i
            own.multi { |tx| tx.set("counter", value + 1) }
          end
        end
      end
    end
  end
  threads.each(&:join)
  check(r.get("counter") == "400", "400 optimistic increments: #{r.get('counter')}")
end

def blocking(r)
  waiting = Thread.new { client.blpop("queue", timeout: 20) }
  sleep 0.05 until r.info("clients")["blocked_clients"].to_i == 1
  r.rpush("queue", "job")
  check(waiting.value == %w[queue job], "blpop")
  check(client.brpop("queue", timeout: 0.1).nil?, "brpop that finds nothing")
end

def publish_and_subscribe(r)
  heard = Queue.new
  listener = Thread.new do
    client.psubscribe("news.*") do |on|
      on.psubscribe { heard << :ready }
      on.pmessage do |pattern, channel, message|
        heard << [pattern, channel, message]
      end
    end
  rescue Redis::BaseConnectionError
    nil
  end
  heard.pop
  check(r.publish("news.today", "hello") == 1, "publish")
  check(heard.pop == ["news.*", "news.today", "hello"], "a message")
  check(r.pubsub(:numpat) == 1 && r.pubsub(:channels).empty?, "pubsub")
  listener.kill
end

def monitor(r)
  heard = Queue.new
  watcher = Thread.new do
    client.monitor { |line| heard << line }
  end
  check(heard.pop == "OK", "monitor")
  r.set("seen", "by the monitor")
  line = heard.pop
  line = heard.pop until line.include?("seen")
  check(line.match?(/\A\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "set" "seen" "by the monitor"\z/), line)
  watcher.kill
end

redis = client
redis.flushall
plain_commands(redis)
errors(redis)
pipelines(redis)
watch_loops(redis)
blocking(redis)
publish_and_subscribe(redis)
monitor(redis)
