// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's part of MULTI, EXEC and WATCH: queueing, running queued commands, and turning key events
// into dirty watches. The commands themselves are in src/commands/transaction_commands.cc.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/executor.h"
#include "aerie/engine/session.h"

namespace aerie {

namespace {

// Blocks of retired queues that go with each command queued.
constexpr size_t kFreedPerQueued = 2;

}  // namespace

Executor::~Executor() = default;

void Executor::queue(Session& session, const Command& command, std::span<const std::string_view> args,
                     std::span<LargeArg> large) {
  // As fast as queues grow, retired ones go.
  size_t budget = kFreedPerQueued;
  retired_queues_.free_some(&budget);
  std::unique_ptr<CommandQueue>& queue = session.details().queue;
  if (queue == nullptr) queue = std::make_unique<CommandQueue>();
  queue->commands.push_back(QueuedCommand{&command, OwnedArgs::take(args, large), 0});
  QueuedCommand& queued = queue->commands.back();
  queued.bytes = sizeof queued + queued.args.memory_bytes();
  queue->bytes += queued.bytes;
  queued_bytes_ += queued.bytes;
  queue->needs_memory |= command.spec->has(kDenyOom);
  queue->writes |= command.spec->has(kWrite | kPublishes);
  queue->publishes |= command.spec->has(kPublishes);
  writer_.queued();
}

void Executor::call_queued(Session& session, QueuedCommand& queued, size_t* watch_budget) {
  if (!session.user->is_unrestricted()) [[unlikely]] {
    // Rules may have changed since it was queued.
    const std::string refusal = engine_.access.refusal_in_exec(session, *queued.command, queued.args.args());
    if (!refusal.empty()) {
      writer_.error(refusal);
      return count_error_replies();
    }
  }
  const KeyEvents& events = engine_.keyspace.events();
  const size_t before = events.count();
  call(session, *queued.command, queued.args.args(), nullptr, queued.args.large());
  tell_of_key_events(&session, &session);
  const std::span<const KeyEvent> recorded = events.since(before);
  const auto brings_keys = [](const KeyEvent& event) {
    return event.scope == KeyEvent::Scope::kDatabase && event.effect == KeyEffect::kGrew;
  };
  if (recorded.empty() || !brings_keys(recorded.back())) [[likely]]
    return;
  // SWAPDB: what it brought is looked at now, since a later command of the transaction may take it away.
  for (const KeyEvent& event : recorded) {
    if (brings_keys(event)) mark_watchers_of_database(event.db, watch_budget);
  }
}

void Executor::discard_transaction(Session& session) {
  session.in_transaction = false;
  session.transaction_failed = false;
  if (session.details_if_any() == nullptr) return;
  if (session.details().queue != nullptr) queued_bytes_ -= session.details().queue->bytes;
  retired_queues_.add(std::move(session.details().queue));
  unwatch_all(session);
}

void Executor::watch(Session& session, std::string_view name) {
  WatchSet*& watches = session.details().watches;
  const Key key = engine_.keyspace.key(name);
  if (watches != nullptr && engine_.watches.contains(*watches, session.db, key)) return;
  // Also removes a key that is past its deadline, so that the watch starts from what the client would read.
  WatchIndex::KeyState state;
  if (const auto facts = engine_.keyspace.db(session.db).facts(key, Access::kPeek)) {
    state.existed = true;
    state.deadline_ms = facts->deadline_ms;
  }
  // That removal concerns those who watched before, not this watch. This client is told of it behind its
  // reply.
  tell_of_key_events(nullptr, &session);
  drain_key_events();
  if (engine_.watches.empty()) engine_.keyspace.events().add_interest();
  if (watches == nullptr) watches = engine_.watches.make_set(session.id);
  engine_.watches.add(*watches, session.db, key, state);
}

void Executor::unwatch_all(Session& session) {
  session.watch_dirty = false;
  if (session.details_if_any() == nullptr || session.details_if_any()->watches == nullptr) return;
  engine_.watches.forget(std::exchange(session.details().watches, nullptr));
  if (engine_.watches.empty()) engine_.keyspace.events().drop_interest();
}

// A watched key may be past its deadline with nobody having looked since. The deadlines that the keys had
// when they were watched tell, without looking at each: a change of a deadline would have been a change of
// its key.
bool Executor::watch_is_dirty(const Session& session) const {
  if (session.watch_dirty) return true;
  const SessionDetails* details = session.details_if_any();
  return details != nullptr && details->watches != nullptr &&
         WatchIndex::earliest_deadline_ms(*details->watches) <= engine_.keyspace.now_ms();
}

void Executor::drain_key_events(const Session* cause) {
  KeyEvents& events = engine_.keyspace.events();
  size_t budget = looked_through_at_once_;
  // Looking at a key or a database may expire keys, which is an event again.
  do {
    while (!events.empty()) {
      if (notifier_.is_on() || invalidator_.is_on()) [[unlikely]] {
        // Who publishes has written its reply.
        const ReplyTarget interrupted = writer_.exchange({});
        tell_of_key_events(cause, nullptr);
        writer_.exchange(interrupted);
      }
      std::vector<bool> databases_seen;
      for (const KeyEvent& event : events.take()) {
        if (event.scope == KeyEvent::Scope::kDatabase) {
          take_database_event(event, &databases_seen, &budget);
        } else if (event.modified) {
          take_key_event(event);
        }
      }
      events.forget_taken();
    }
    if (depth_ == 0 && engine_.blocked.any_ready()) serve_ready_keys();
  } while (!events.empty());
}

void Executor::take_key_event(const KeyEvent& event) {
  if (event.effect == KeyEffect::kGrew) engine_.blocked.key_ready(event.db, Key{event.key, event.key_hash});
  mark_watchers(engine_.watches.take_watchers(event.db, event.key, event.key_hash));
}

// What is watched in a database is compared with what it holds now, so once is enough for all of them, as an
// EXEC with thousands of FLUSHDB may have it.
void Executor::take_database_event(const KeyEvent& event, std::vector<bool>* seen, size_t* budget) {
  if (event.effect == KeyEffect::kGrew) {
    engine_.blocked.database_ready(event.db);
    // At once, so that they are ready before the keys of later events.
    if (!looking_through_) looking_through_ = engine_.blocked.look_through(budget);
  }
  if (seen->empty()) seen->resize(engine_.keyspace.database_count());
  if ((*seen)[event.db]) return;
  (*seen)[event.db] = true;
  size_t unlimited = SIZE_MAX;
  mark_watchers_of_database(event.db, &unlimited);
}

// Their sets have ended: EXEC fails whatever else they watched.
void Executor::mark_watchers(const std::vector<uint64_t>& session_ids) {
  if (session_ids.empty()) return;
  for (const uint64_t id : session_ids) {
    Session* session = engine_.sessions.find(id);
    AERIE_ASSERT(session != nullptr);
    session->watch_dirty = true;
    session->details().watches = nullptr;
  }
  if (engine_.watches.empty()) engine_.keyspace.events().drop_interest();
}

// FLUSHDB and SWAPDB change a watched key when it was there before or is there now. Keys that the budget does
// not suffice to look at count as changed: a transaction that fails without need is tried again.
void Executor::mark_watchers_of_database(uint32_t db, size_t* budget) {
  struct Place {
    Database& database;
    size_t* budget;
  } place{engine_.keyspace.db(db), budget};
  const auto exists = [](void* context, const Key& key) {
    const Place& where = *static_cast<const Place*>(context);
    if (*where.budget == 0) return true;
    --*where.budget;
    return where.database.exists(key, Access::kPeek);
  };
  const bool is_empty = engine_.keyspace.db(db).size() == 0;
  mark_watchers(engine_.watches.take_watchers_of_database(db, is_empty ? nullptr : +exists, &place));
}

}  // namespace aerie
