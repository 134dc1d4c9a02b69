// SPDX-License-Identifier: BSD-3-Clause
//
// The executor's part of what clients are told without having asked: when key events are told, and to whom as
// the one whose command it was; what waits until the reply of that command is written; which requests wait
// while much is not written yet. Who is told is known by the Publisher, the KeyspaceNotifier and the
// Invalidator.
#include "aerie/engine/command_table.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/executor.h"
#include "aerie/engine/session.h"

namespace aerie {

bool Executor::is_held_back(Session& session, const Command& command) {
  if (pause_.is_on() && pause_.concerns(session, command)) {
    pause_.hold_back(session);
    return true;
  }
  if (!publisher_.has_to_wait()) return false;
  // Writes publish, too, when the keyspace notifies or clients track keys, and reads where misses are told;
  // all do when somebody monitors.
  const CommandSpec& spec = *command.spec;
  if (observer_.has_monitors()) return !session.in_transaction || spec.has(kEndsTransaction);
  const bool misses = notifier_.tells_misses();
  if (!spec.has(kEndsTransaction)) {
    const uint32_t publishing = kPublishes | (writes_are_told() ? kWrite : 0u) | (misses ? kReadonly : 0u);
    return spec.has(publishing) && !session.in_transaction;
  }
  const SessionDetails* details = session.details_if_any();
  if (details == nullptr || details->queue == nullptr) return false;
  return details->queue->publishes || misses || (writes_are_told() && details->queue->writes);
}

void Executor::tell_publishing_client(Session& session) {
  if (depth_ == 1) tell_sender(session);
}

void Executor::tell_sender(Session& session) {
  if (publisher_.nothing_for_sender()) return;
  const ReplyTarget interrupted = writer_.exchange({});
  publisher_.tell_sender(session);
  writer_.exchange(interrupted);
}

void Executor::end_modes_of_command(Session& session, const Command& command,
                                    std::span<const std::string_view> args) {
  engine_.keyspace.set_untouched(false);
  if (session.tracks_reads && command.spec->has(kReadonly)) remember_reads(session, command, args);
  if (depth_ == 0) end_caching(session, &command);
}

// The command has run, and changed nothing but what it found to be expired. That comes first, since its
// client is told again when the key comes back.
void Executor::remember_reads(Session& session, const Command& command,
                              std::span<const std::string_view> args) {
  tell_of_key_events(&session, &session);
  invalidator_.remember(session, *command.spec, args);
  if (depth_ == 0) tell_sender(session);
}

// CLIENT CACHING holds for one request, or a transaction; subcommands of CLIENT do not count. `command`:
// nullptr when there is none of that name.
void Executor::end_caching(Session& session, const Command* command) {
  const bool of_client =
      command != nullptr && command->parent != nullptr && command->parent->spec->name == "client";
  if (!of_client && !session.in_transaction) session.caching_given = false;
}

// `cause`: whose command it was that the events are of. `sender`: see Invalidator.
void Executor::tell_of_key_events(const Session* cause, const Session* sender) {
  if (!notifier_.is_on() && !invalidator_.is_on()) [[likely]]
    return;
  engine_.keyspace.events().look_at_new([&](const KeyEvent& event) {
    if (event.scope != KeyEvent::Scope::kKey) return;
    if (event.modified && invalidator_.is_on()) invalidator_.key_changed(event, cause, sender);
    if (notifier_.is_on()) notifier_.tell(event, sender);
  });
}

}  // namespace aerie
