// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's part of MULTI, EXEC and WATCH: queueing, running queued commands, and turning key events
// into dirty watches. The commands themselves are in src/commands/transaction_commands.cc.
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/executor.h"
#include "aerie/engine/session.h"

namespace aerie {

void Executor::queue(Session& session, const Command& command, std::span<const std::string_view> args) {
  SessionDetails& details = session.details();
  details.queue.push_back(QueuedCommand{&command, OwnedArgs::copy_of(args)});
  details.queued_bytes += details.queue.back().args.memory_bytes() + sizeof(QueuedCommand);
  writer_.queued();
}

void Executor::call_queued(Session& session, const Command& command, std::span<const std::string_view> args) {
  call(session, command, args, nullptr, {});
}

void Executor::discard_transaction(Session& session) {
  session.in_transaction = false;
  session.transaction_failed = false;
  if (session.details_if_any() == nullptr) return;
  SessionDetails& details = session.details();
  details.queue = std::vector<QueuedCommand>();
  details.queued_bytes = 0;
  unwatch_all(session);
}

void Executor::watch(Session& session, std::string_view key) {
  std::set<WatchedKey>& watched = session.details().watched;
  if (!watched.emplace(session.db, key).second) return;
  // Also removes a key that is past its deadline, so that the watch starts from what the client would read.
  const bool existed = engine_.keyspace.db(session.db).exists(engine_.keyspace.key(key), Access::kPeek);
  // That removal concerns those who watched before, not this watch.
  drain_key_events();
  if (engine_.watches.empty()) engine_.keyspace.events().add_interest();
  engine_.watches.add(session.db, key, session.id, existed);
}

void Executor::unwatch_all(Session& session) {
  session.watch_dirty = false;
  if (session.details_if_any() == nullptr || session.details_if_any()->watched.empty()) return;
  std::set<WatchedKey>& watched = session.details().watched;
  for (const auto& [db, name] : watched) engine_.watches.remove(db, name, session.id);
  watched.clear();
  if (engine_.watches.empty()) engine_.keyspace.events().drop_interest();
}

bool Executor::watch_is_dirty(Session& session) {
  if (session.details_if_any() == nullptr) return false;
  // A watched key may be past its deadline with nobody having looked since: looking removes it, and says so.
  for (const auto& [db, name] : session.details().watched) {
    if (session.watch_dirty) break;
    engine_.keyspace.db(db).exists(engine_.keyspace.key(name), Access::kPeek);
    drain_key_events();
  }
  return session.watch_dirty;
}

void Executor::drain_key_events() {
  for (const KeyEvent& event : engine_.keyspace.events().take()) {
    if (event.scope == KeyEvent::Scope::kDatabase) {
      mark_watchers_of_database(event.db);
    } else if (event.modified) {
      mark_watchers(event);
    }
  }
}

void Executor::mark_watchers(const KeyEvent& event) {
  engine_.watches.for_each_watcher(event.db, event.key, [this](uint64_t id) {
    Session* session = engine_.sessions.find(id);
    if (session != nullptr) session->watch_dirty = true;
  });
}

// FLUSHDB and SWAPDB change a watched key when it was there before or is there now.
void Executor::mark_watchers_of_database(uint32_t db) {
  Database& database = engine_.keyspace.db(db);
  engine_.watches.for_each_watch(db, [&](std::string_view name, uint64_t id, bool existed) {
    if (!existed && (database.size() == 0 || !database.exists(engine_.keyspace.key(name), Access::kPeek)))
      return;
    Session* session = engine_.sessions.find(id);
    if (session != nullptr) session->watch_dirty = true;
  });
}

}  // namespace aerie
