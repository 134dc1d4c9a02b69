// SPDX-License-Identifier: BSD-3-Clause
//
// The line of a client; see the header. Built by appending: CLIENT LIST makes one text of all lines, and an
// operator may ask for it with ten thousand clients.
#include "aerie/engine/client_line.h"

#include "aerie/base/log.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"

namespace aerie {

namespace {

void append_field(std::string_view name, std::string_view value, std::string* out) {
  if (!out->empty() && out->back() != '\n') *out += ' ';
  *out += name;
  *out += '=';
  *out += value;
}

void append_field(std::string_view name, uint64_t value, std::string* out) {
  append_field(name, std::to_string(value), out);
}

std::string flag_letters(const Session& session) {
  std::string letters;
  if (session.monitoring) letters += 'O';
  if (session.subscribed) letters += 'P';
  if (session.in_transaction) letters += 'x';
  if (session.waits()) letters += 'b';
  const Tracker* const tracker = session.tracker();
  if (tracker != nullptr) letters += 't';
  if (tracker != nullptr && tracker->redirect_broken) letters += 'R';
  if (tracker != nullptr && tracker->options.broadcasts) letters += 'B';
  if (session.watch_dirty) letters += 'd';
  if (session.close_after_reply) letters += 'c';
  if (session.close_now) letters += 'A';
  if (session.peer.family == Endpoint::Family::kUnix) letters += 'U';
  if (session.no_evict) letters += 'e';
  if (session.no_touch) letters += 'T';
  return letters.empty() ? "N" : letters;
}

uint64_t seconds_since(int64_t then_us, int64_t now_us) {
  return now_us > then_us ? static_cast<uint64_t>((now_us - then_us) / 1'000'000) : 0;
}

// What MULTI and WATCH hold.
size_t transaction_memory(const SessionDetails& details) {
  return (details.queue != nullptr ? details.queue->bytes : 0) +
         (details.watches != nullptr ? WatchIndex::memory_bytes(*details.watches) : 0);
}

}  // namespace

size_t client_memory(const Engine& engine, const Session& session) {
  size_t bytes = engine.sessions.bytes_per_session + session.input_bytes;
  if (session.output != nullptr) bytes += session.output->memory_bytes();
  if (session.waiter != nullptr) bytes += session.waiter->memory_bytes();
  if (const SessionDetails* details = session.details_if_any()) {
    bytes += sizeof(SessionDetails) + transaction_memory(*details) + details->name.capacity() +
             details->lib_name.capacity() + details->lib_version.capacity();
    for (const SubscriberSet* set : {details->subscriptions, details->read_keys, details->prefixes})
      bytes += set != nullptr ? SubscriptionIndex::memory_bytes(*set) : 0;
    if (details->tracker != nullptr) bytes += sizeof(Tracker);
  }
  return bytes;
}

void append_client_line(const Engine& engine, const Session& session, std::string* out) {
  static const SessionDetails kNone;
  const SessionDetails& details = session.details_if_any() != nullptr ? *session.details_if_any() : kNone;
  const std::string& unix_path = engine.sessions.unix_path;
  const int64_t now_us = engine.executor.now_us();
  const size_t queued = details.queue != nullptr ? details.queue->commands.size() : 0;
  const bool has_output = session.output != nullptr && !session.output->empty();

  append_field("id", session.id, out);
  append_field("addr", session.peer.to_string(unix_path), out);
  append_field("laddr", session.local.to_string(unix_path), out);
  append_field("fd", std::to_string(session.fd), out);
  append_field("name", details.name, out);
  append_field("age", seconds_since(session.created_us, now_us), out);
  append_field("idle", seconds_since(session.last_active_us, now_us), out);
  append_field("flags", flag_letters(session), out);
  append_field("db", session.db, out);
  append_field("sub", SubscriptionIndex::count(session, TopicKind::kChannel), out);
  append_field("psub", SubscriptionIndex::count(session, TopicKind::kPattern), out);
  append_field("ssub", SubscriptionIndex::count(session, TopicKind::kShardChannel), out);
  append_field("multi", session.in_transaction ? std::to_string(queued) : "-1", out);
  append_field("qbuf", session.input_bytes, out);
  append_field("qbuf-free", uint64_t{0}, out);
  append_field("argv-mem", session.waiter != nullptr ? session.waiter->args_bytes() : 0, out);
  append_field("multi-mem", transaction_memory(details), out);
  append_field("rbs", uint64_t{0}, out);
  append_field("rbp", uint64_t{0}, out);
  append_field("obl", has_output ? session.output->pending_bytes() : 0, out);
  append_field("oll", uint64_t{0}, out);
  append_field("omem", session.output != nullptr ? session.output->memory_bytes() : 0, out);
  append_field("tot-mem", client_memory(engine, session), out);
  append_field("events", has_output ? "rw" : "r", out);
  append_field("cmd", session.last_command != nullptr ? session.last_command->full_name : "NULL", out);
  append_field("user", escape_for_log(session.user->name()), out);
  const Tracker* const tracker = session.tracker();
  append_field("redir", tracker != nullptr ? std::to_string(tracker->options.redirect) : "-1", out);
  append_field("resp", session.protocol, out);
  append_field("lib-name", details.lib_name, out);
  append_field("lib-ver", details.lib_version, out);
  *out += '\n';
}

}  // namespace aerie
