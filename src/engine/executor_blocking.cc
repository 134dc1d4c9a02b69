// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's part of clients that wait: BRPOP and its like, which run again when a key of theirs may have
// what they want. A blocked command has one body: it runs, finds nothing, calls block(); later it runs again
// as if it had just arrived, with its client's place in every queue and its deadline unchanged, until it
// finds something or its time is up.
#include <algorithm>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/base/clock.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/executor.h"
#include "aerie/engine/session.h"

namespace aerie {

namespace {

// Room for so many arguments is kept for the next command that runs again.
constexpr size_t kArgsKept = 1024;

}  // namespace

void Executor::block(CommandContext& context, std::span<const Key> keys, Type wanted, int64_t deadline_us) {
  AERIE_ASSERT(may_block());
  if (running_again_ != nullptr) {
    waits_on_ = true;
    return;
  }
  Session& session = context.session();
  AERIE_ASSERT(session.waiter == nullptr);
  if (engine_.blocked.waiters() == 0) engine_.keyspace.events().add_interest();
  BlockRegistry::Wish wish;
  wish.session_id = session.id;
  wish.command = &context.command();
  wish.args = context.args();
  wish.db = session.db;
  wish.keys = keys;
  wish.wanted = wanted;
  wish.deadline_us = deadline_us;
  session.waiter = engine_.blocked.park(wish);
}

void Executor::forget_wait(Session& session) {
  engine_.blocked.forget(std::exchange(session.waiter, nullptr));
  if (engine_.blocked.waiters() == 0) engine_.keyspace.events().drop_interest();
}

void Executor::end_wait(Session& session) {
  forget_wait(session);
  end_reply_mode_of_command(session);
  session.last_active_us = now_us_;  // who waits is not idle
  // What it sent meanwhile can run now.
  mark_dirty(session);
}

void Executor::serve_ready_keys() {
  if (serving_) return;  // what a command that runs again makes ready has its turn in the loop below
  serving_ = true;
  const ReplyTarget interrupted = writer_.exchange({});
  while (BlockRegistry::Queue* queue = engine_.blocked.next_ready()) {
    serve_queue(queue);
    engine_.blocked.done(queue);
  }
  writer_.exchange(interrupted);
  serving_ = false;
}

bool Executor::look_through(size_t budget) {
  if (!looking_through_) return false;
  looking_through_ = engine_.blocked.look_through(&budget);
  drain_key_events();
  return looking_through_;
}

// A client that asks for keys which are not looked through yet comes behind those who wait for them.
void Executor::serve_keys_of(const Session& session, const Command& command,
                             std::span<const std::string_view> args) {
  if (session.in_transaction && !command.spec->has(kEndsTransaction)) return;
  std::optional<uint32_t> db = session.db;
  if (command.spec->has(kNamesDatabase)) db.reset();
  make_keys_ready(db, *command.spec, args);
  const SessionDetails* details = session.details_if_any();
  if (session.in_transaction && details != nullptr && details->queue != nullptr) {
    for (const QueuedCommand& queued : details->queue->commands) {
      // A SELECT holds for all that follow it.
      if (queued.command->spec->has(kNamesDatabase)) db.reset();
      make_keys_ready(db, *queued.command->spec, queued.args.args());
    }
  }
  drain_key_events();
}

// Without a database: in each that they may be meant for.
void Executor::make_keys_ready(std::optional<uint32_t> db, const CommandSpec& spec,
                               std::span<const std::string_view> args) {
  extract_keys(spec, args, &key_positions_);
  for (const KeyPosition& place : key_positions_) {
    const Key key = engine_.keyspace.key(args[place.index]);
    if (db) {
      engine_.blocked.key_ready(*db, key);
    } else {
      engine_.blocked.key_ready_where_unsettled(key);
    }
  }
  if (key_positions_.capacity() > kArgsKept) key_positions_ = {};
}

// In order of arrival, as long as the key has something. One who finds nothing all the same stays, and the
// next one is asked.
void Executor::serve_queue(BlockRegistry::Queue* queue) {
  Database& db = engine_.keyspace.db(BlockRegistry::db_of(*queue));
  const Key key = BlockRegistry::key_of(*queue);
  BlockRegistry::Walk walk(*queue);
  while (Waiter* waiter = walk.next()) {
    const std::optional<Type> held = db.type_of(key);
    if (!held) return;
    if (*held != waiter->wanted()) continue;
    Session* session = engine_.sessions.find(waiter->session_id());
    AERIE_ASSERT(session != nullptr && session->waiter == waiter);
    // Nothing may be taken for a client that is about to go.
    if (session->close_now || session->close_after_reply) continue;
    if (looking_through_ && comes_after_others(queue, *waiter)) return;
    run_again(*session, *waiter);
  }
}

// The waiter is next in this queue, but would take from the first of its keys that is there, and others who
// wait longer for that one were not asked since a SWAPDB brought it. They are served first, then this queue
// anew. That ends: the last one put ahead has somebody who runs, at the latest this waiter.
bool Executor::comes_after_others(BlockRegistry::Queue* queue, Waiter& waiter) {
  if (waiter.found_nothing()) return false;
  Database& db = engine_.keyspace.db(waiter.db());
  bool any = false;
  for (size_t i = 0; i < BlockRegistry::queue_count(waiter); ++i) {
    BlockRegistry::Queue* const other = BlockRegistry::queue_at(waiter, i);
    if (other == queue) break;
    const std::optional<Type> held = db.type_of(BlockRegistry::key_of(*other));
    if (!held) continue;
    if (*held != waiter.wanted()) break;
    if (BlockRegistry::Walk(*other).next() == &waiter || !engine_.blocked.put_ahead(other)) break;
    any = true;
  }
  if (any) engine_.blocked.resume_behind(queue);
  return any;
}

void Executor::run_again(Session& session, Waiter& waiter) {
  waiter.copy_args(&args_again_);
  open_reply(session);
  running_again_ = &waiter;
  waits_on_ = false;
  if (pass_gates(session, &waiter.command(), args_again_, false)) {
    call(session, waiter.command(), args_again_, nullptr, {});
  }
  running_again_ = nullptr;
  if (session.output != nullptr && session.output->is_cut_short()) session.close_now = true;
  close_reply(session);
  if (waits_on_) {
    waiter.note_found_nothing();
  } else {
    end_wait(session);
  }
  if (args_again_.capacity() > kArgsKept) args_again_ = {};
}

bool Executor::unblock(Session& session, std::string_view error) {
  if (session.waiter == nullptr) return false;
  const ReplyTarget interrupted = writer_.exchange({});
  open_reply(session);
  if (error.empty()) {
    writer_.null_array();
  } else {
    writer_.error(error);
    ++engine_.stats.commands[session.waiter->command().number].failed_calls;
    count_error_replies();
  }
  close_reply(session);
  end_wait(session);
  writer_.exchange(interrupted);
  return true;
}

void Executor::unpause() {
  for (const uint64_t id : pause_.end()) {
    Session* session = engine_.sessions.find(id);
    if (session == nullptr) continue;
    session->postponed = false;
    mark_dirty(*session);
  }
}

bool Executor::end_due_waits(size_t budget) {
  const int64_t now_us = clock_.monotonic_us();
  if (pause_.is_on() && pause_.ends_us() <= now_us) unpause();
  return engine_.blocked.expire(now_us, budget, [&](Waiter& waiter) {
    engine_.stats.wait_lateness_us.record(now_us - waiter.deadline_us());
    unblock(*engine_.sessions.find(waiter.session_id()), {});
  });
}

std::optional<int64_t> Executor::next_wait_end_us() const {
  std::optional<int64_t> next = engine_.blocked.next_deadline_us();
  if (pause_.is_on()) next = std::min(next.value_or(pause_.ends_us()), pause_.ends_us());
  return next;
}

}  // namespace aerie
