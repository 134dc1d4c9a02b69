// SPDX-License-Identifier: BSD-3-Clause
//
// The life of a request between parser and reply: prepare (look up, hash, prefetch), gates, queue or call,
// after. Transactions and watches are in executor_transactions.cc. The order of the gates is the order in
// which Redis reports what is wrong with a request.
#include "aerie/engine/executor.h"

#include <algorithm>

#include "aerie/base/clock.h"
#include "aerie/base/log.h"
#include "aerie/base/tick_clock.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/command_table.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"
#include "engine/recorded_command.h"

namespace aerie {

namespace {

// Requests looked at ahead of the one that runs: enough to hide the latency of memory, few enough that what
// was brought closer is still there when it is needed.
constexpr size_t kLookAhead = 16;

// Commands between two readings of the clock within a turn. After a long one it is read anyway.
constexpr uint32_t kCommandsPerTimeReading = 64;

// The first word of a line that a browser sends where somebody made it talk to this port.
bool is_http(std::string_view name) {
  return CommandContext::equals_ignoring_case(name, "POST") ||
         CommandContext::equals_ignoring_case(name, "HOST:");
}

constexpr int64_t kHttpWarningIntervalUs = 60'000'000;

// Redis counts a client that monitors as a replica.
bool concerns_keys(const Session& session, const CommandSpec& spec) {
  constexpr uint32_t kConcerned = kReadonly | kWrite | kPublishes;
  if (!spec.has(kEndsTransaction)) return spec.has(kConcerned);
  const SessionDetails* const details = session.details_if_any();
  if (details == nullptr || details->queue == nullptr) return false;
  const auto& queued = details->queue->commands;
  return std::any_of(queued.begin(), queued.end(),
                     [](const QueuedCommand& each) { return each.command->spec->has(kConcerned); });
}

bool is_muted(const Session& session) {
  return session.reply_mode == ReplyMode::kOff || session.reply_mode == ReplyMode::kSkipThis;
}

}  // namespace

Executor::Executor(Engine& engine, const Clock& clock)
    : engine_(engine),
      clock_(clock),
      writer_(&turn_buffer_, &output_pool_),
      publisher_(engine.subscriptions, dirty_, output_pool_),
      notifier_(engine.keyspace, publisher_, engine.subscriptions),
      observer_(clock, engine.stats.ticks, engine.sessions, publisher_),
      invalidator_(engine.keyspace, engine.subscriptions, engine.sessions, publisher_, engine.config,
                   engine.random),
      retired_queues_(engine.keyspace),
      pause_(engine.sessions) {
  refresh_time();
}

void Executor::refresh_time() {
  refresh_time(clock_.monotonic_us());
}

void Executor::refresh_time(int64_t monotonic_us) {
  now_us_ = monotonic_us;
  engine_.keyspace.set_now_ms(clock_.wall_ms());
  commands_since_refresh_ = 0;
}

bool Executor::needs_authentication(const Session& session) const {
  return !session.authenticated && engine_.access.password_required();
}

void Executor::drop(Session& session) {
  session.close_now = true;
  mark_dirty(session);
}

void Executor::forget(Session& session) {
  discard_transaction(session);
  if (session.waiter != nullptr) forget_wait(session);
  invalidator_.stop(session);
  engine_.subscriptions.forget(session);
  observer_.remove_monitor(session);
  engine_.client_eviction.forget(session);
  dirty_.remove(session);
  output_pool_.give_back(session.output);
  session.output = nullptr;
}

void Executor::open_reply(Session& session) {
  writer_.attach({&session.output, session.protocol, is_muted(session), most_pending(session)});
}

void Executor::close_reply(Session& session) {
  writer_.detach();
  DirtySessions::settle_if_carried(session, &turn_buffer_);
  if (session.output != nullptr || session.close_after_reply || session.close_now) mark_dirty(session);
  engine_.client_eviction.note(session);
}

void Executor::fail_protocol(Session& session, std::string_view error) {
  open_reply(session);
  writer_.error(error);
  session.close_after_reply = true;
  close_reply(session);
}

PreparedRequest Executor::prepare(const Session& session, std::span<const std::string_view> args) const {
  PreparedRequest prepared;
  prepared.key_index = 0;
  prepared.command = engine_.command_table.find(args, &prepared.unknown_subcommand);
  if (prepared.command == nullptr) return prepared;
  const int key_index = prepared.command->spec->first_key();
  if (key_index <= 0 || static_cast<size_t>(key_index) >= args.size()) return prepared;
  prepared.key_index = static_cast<uint32_t>(key_index);
  prepared.key_hash = engine_.keyspace.hash(args[prepared.key_index]);
  engine_.keyspace.db(session.db).prefetch(prepared.key_hash);
  return prepared;
}

void Executor::bring_entry(const Session& session, const PreparedRequest& prepared) const {
  if (prepared.key_index != 0) engine_.keyspace.db(session.db).prefetch_entry(prepared.key_hash);
}

// Two passes, so that the buckets are on their way while the entries that they name are asked for.
void Executor::prepare_window(const Session& session, const RequestBatch& batch, size_t first, size_t count,
                              PreparedRequest* window) const {
  for (size_t i = 0; i < count; ++i) window[i] = prepare(session, batch.args(first + i));
  if (count == 1) return;
  for (size_t i = 0; i < count; ++i) bring_entry(session, window[i]);
}

BatchResult Executor::run_batch(Session& session, const RequestBatch& batch, size_t first,
                                size_t max_requests, const PreparedRequest* prepared) {
  const size_t end = first + std::min(batch.size() - first, max_requests);
  BatchResult result;
  const uint64_t config_changes = engine_.config.changes();
  const uint64_t began_ticks = command_ticks_;
  open_reply(session);
  PreparedRequest window[kLookAhead];
  size_t window_begin = first;
  size_t window_end = first;
  if (prepared != nullptr) {
    window[0] = *prepared;
    ++window_end;
  }
  for (size_t i = first; i < end; ++i) {
    if (i == window_end) {
      window_begin = i;
      window_end = std::min(i + kLookAhead, end);
      prepare_window(session, batch, window_begin, window_end - window_begin, window);
    }
    const std::span<const std::string_view> args = batch.args(i);
    // Parsed when the client was authenticated; an earlier request of the batch may have ended that.
    if (needs_authentication(session) && !batch.is_inline(i)) [[unlikely]] {
      const std::string_view violation = unauthenticated_violation(args);
      if (!violation.empty()) {
        writer_.error(violation);
        session.close_after_reply = true;
        result.end = BatchEnd::kClosing;
        break;
      }
    }
    if (!run_prepared(session, args, window[i - window_begin], {})) [[unlikely]] {
      // Held back by a pause, or until what is published was written.
      result.end = session.waits() ? BatchEnd::kWaiting : BatchEnd::kBudget;
      break;
    }
    ++result.executed;
    if (session.waits()) [[unlikely]] {
      result.end = BatchEnd::kWaiting;
      break;
    }
    if (session.close_after_reply || session.close_now) {
      result.end = BatchEnd::kClosing;
      break;
    }
    if (session.output != nullptr && session.output->pending_bytes() >= kOutputHighWater) {
      session.close_now = session.output->is_cut_short();
      result.end = session.close_now ? BatchEnd::kClosing : BatchEnd::kOutput;
      break;
    }
    // What follows was parsed by the old limits, or would make the turn long.
    if (engine_.config.changes() != config_changes || command_ticks_ - began_ticks > max_batch_ticks_)
        [[unlikely]] {
      if (i + 1 < batch.size()) result.end = BatchEnd::kBudget;
      break;
    }
  }
  if (result.end == BatchEnd::kAll && end < batch.size()) result.end = BatchEnd::kBudget;
  close_reply(session);
  return result;
}

bool Executor::run(Session& session, std::span<const std::string_view> args, std::span<LargeArg> large) {
  open_reply(session);
  const bool ran = run_prepared(session, args, prepare(session, args), large);
  if (session.output != nullptr && session.output->is_cut_short()) session.close_now = true;
  close_reply(session);
  return ran;
}

void Executor::set_output_limits(size_t normal, size_t listening) {
  class_limit_ = normal;
  listener_limit_ = listening;
  publisher_.set_output_limit(listening);
}

size_t Executor::most_pending(const Session& session) const {
  size_t most = session.listens() ? listener_limit_ : class_limit_;
  if (!session.no_evict) most = std::min(most, most_output_);
  // At the high-water mark the output is looked at anyway.
  return std::max(most, kOutputHighWater);
}

void Executor::follow_output_class(const Session& session) {
  writer_.set_most_pending(most_pending(session));
}

[[gnu::always_inline]] inline bool Executor::run_prepared(Session& session,
                                                          std::span<const std::string_view> args,
                                                          const PreparedRequest& prepared,
                                                          std::span<LargeArg> large) {
  if (++commands_since_refresh_ >= kCommandsPerTimeReading) refresh_time();
  session.last_active_us = now_us_;
  ++session.commands;
  session.last_command = prepared.command;  // also of one that is refused, as in Redis
  if (pass_gates(session, prepared.command, args, prepared.unknown_subcommand)) {
    if ((pause_.is_on() || publisher_.has_to_wait()) && is_held_back(session, *prepared.command))
        [[unlikely]] {
      --session.commands;
      return false;
    }
    if (looking_through_) [[unlikely]]
      serve_keys_of(session, *prepared.command, args);
    if (session.in_transaction && !prepared.command->spec->has(kRunsInMulti)) [[unlikely]] {
      queue(session, *prepared.command, args, large);
    } else {
      call(session, *prepared.command, args, &prepared, large);
    }
  }
  // A command that waits has not ended yet.
  if (session.reply_mode != ReplyMode::kOn && session.waiter == nullptr) [[unlikely]] {
    end_reply_mode_of_command(session);
    writer_.set_muted(is_muted(session));
  }
  return true;
}

void Executor::end_reply_mode_of_command(Session& session) {
  if (session.reply_mode == ReplyMode::kSkipNext) {
    session.reply_mode = ReplyMode::kSkipThis;
  } else if (session.reply_mode == ReplyMode::kSkipThis) {
    session.reply_mode = ReplyMode::kOn;
  }
}

bool Executor::pass_gates(Session& session, const Command* command, std::span<const std::string_view> args,
                          bool bad_subcommand) {
  if (command == nullptr) [[unlikely]] {
    if (is_http(args[0])) {
      drop_http_client(session);
    } else {
      reject(session, nullptr, unknown_command(args));
    }
    return false;
  }
  const CommandSpec& spec = *command->spec;
  if (bad_subcommand) [[unlikely]] {
    reject(session, nullptr, unknown_subcommand(spec.name, args[1]));
    return false;
  }
  const int argc = static_cast<int>(args.size());
  if ((spec.arity > 0 && argc != spec.arity) || argc < -spec.arity) [[unlikely]] {
    reject(session, command, wrong_number_of_arguments(command->full_name));
    return false;
  }
  if (spec.has(kProtected) && !protected_command_allowed(session)) [[unlikely]] {
    reject(session, command, command_not_allowed("DEBUG", "enable-debug-command"));
    return false;
  }
  if (!spec.has(kNoAuth) && needs_authentication(session)) [[unlikely]] {
    reject(session, command, kAuthRequired);
    return false;
  }
  if (session.in_transaction && spec.has(kNoMulti)) [[unlikely]] {
    reject(session, command, kNotInsideMulti);
    return false;
  }
  if (!session.user->is_unrestricted()) [[unlikely]] {
    const std::string refusal = engine_.access.refusal(session, *command, args);
    if (!refusal.empty()) {
      reject(session, command, refusal);
      return false;
    }
  }
  if (engine_.memory_limit.is_on() && !has_memory_for(session, spec)) [[unlikely]] {
    reject(session, command, kOutOfMemory);
    return false;
  }
  if (session.subscribed && session.protocol == 2 && !spec.has(kSubscriberMay)) [[unlikely]] {
    reject(session, command, not_in_subscribed_mode(command->full_name));
    return false;
  }
  if (session.monitoring && concerns_keys(session, spec)) [[unlikely]] {
    reject(session, command, kMonitorsOnly);
    return false;
  }
  return true;
}

// Commands of EXEC were judged with it, and one that runs again when it began to wait.
bool Executor::has_memory_for(const Session& session, const CommandSpec& spec) {
  if (depth_ != 0 || running_again_ != nullptr) return true;
  const uint64_t began = read_ticks();
  const bool there_is = engine_.memory_limit.make_room();
  if (!engine_.keyspace.events().empty()) drain_key_events();
  // What goes for this client counts for its share of the turn.
  command_ticks_ += read_ticks() - began;
  if (there_is) return true;
  if (spec.has(kEndsTransaction)) {
    const SessionDetails* const details = session.details_if_any();
    return details == nullptr || details->queue == nullptr || !details->queue->needs_memory;
  }
  return !spec.has(kDenyOom) && (!session.in_transaction || spec.has(kRunsInMulti));
}

// Nothing of what follows such a line may run: it would be commands in the body of a web page's request.
void Executor::drop_http_client(Session& session) {
  session.close_now = true;
  if (now_us_ < next_http_warning_us_) return;
  next_http_warning_us_ = now_us_ + kHttpWarningIntervalUs;
  log_warning(
      "Possible SECURITY ATTACK detected: POST or Host: lines, as a web page sends them that attacks the "
      "servers in its visitor's network. Connection from %s aborted.",
      session.peer.to_string(engine_.sessions.unix_path).c_str());
}

// enable-debug-command: "yes", or "local" for clients of this machine.
bool Executor::protected_command_allowed(const Session& session) const {
  const std::string& mode = engine_.settings().enable_debug_command;
  return mode == "yes" || (mode == "local" && session.peer.is_loopback());
}

void Executor::reject(Session& session, const Command* command, std::string_view error) {
  if (session.in_transaction) session.transaction_failed = true;
  if (command != nullptr) ++engine_.stats.commands[command->number].rejected_calls;
  if (command != nullptr && command->spec->has(kEndsTransaction)) {
    discard_transaction(session);
    writer_.error(exec_aborted_because(error));
  } else {
    writer_.error(error);
  }
  count_error_replies();
  end_caching(session, command);
}

void Executor::count_error_replies() {
  engine_.stats.error_replies += writer_.error_count() - errors_accounted_;
  engine_.stats.count_error(writer_.last_error_code());
  errors_accounted_ = writer_.error_count();
}

void Executor::call(Session& session, const Command& command, std::span<const std::string_view> args,
                    const PreparedRequest* prepared, std::span<LargeArg> large) {
  CommandContext context(engine_, session, command, args, writer_, engine_.keyspace,
                         engine_.keyspace.db(session.db));
  if (prepared != nullptr && prepared->key_index != 0)
    context.set_key_hint(prepared->key_index, prepared->key_hash);
  if (!large.empty()) context.set_large_args(large);
  // TOUCH exists to refresh access times, whoever says it. The command may end the modes (NO-TOUCH OFF,
  // RESET).
  const bool has_modes = session.no_touch | session.tracks_reads;
  if (has_modes) [[unlikely]]
    engine_.keyspace.set_untouched(session.no_touch && !command.spec->has(kTouches));
  const uint64_t started = read_ticks();
  ++depth_;
  command.spec->run(context);
  --depth_;
  if (has_modes) [[unlikely]]
    end_modes_of_command(session, command, args);
  const uint64_t ticks = read_ticks() - started;
  account(command, ticks);
  if (ticks >= observer_.least_ticks()) [[unlikely]]
    observe(session, command, args, large, ticks);
  if (depth_ == 0 && !engine_.keyspace.events().empty()) [[unlikely]] {
    const uint64_t began = read_ticks();
    drain_key_events(&session);
    // Whom it wakes is this client's doing, and counts for its share of the turn.
    if (running_again_ == nullptr) command_ticks_ += read_ticks() - began;
  }
}

void Executor::account(const Command& command, uint64_t ticks) {
  CommandStats& stats = engine_.stats.commands[command.number];
  stats.cpu_ticks += ticks;
  // One that runs again was counted when it began to wait; its time is part of the drain that runs it.
  if (running_again_ == nullptr) [[likely]] {
    if (depth_ == 0) command_ticks_ += ticks;
    ++stats.calls;
    ++engine_.stats.commands_processed;
    if (engine_.stats.track_latency) engine_.stats.latency_of(command.number).record(ticks);
  }
  if (writer_.error_count() != errors_accounted_) [[unlikely]] {
    ++stats.failed_calls;
    count_error_replies();
  }
}

void Executor::observe(Session& session, const Command& command, std::span<const std::string_view> args,
                       std::span<const LargeArg> large, uint64_t ticks) {
  // Within a transaction time stands still.
  if (ticks >= CommandObserver::kLongTicks && depth_ == 0) {
    refresh_time();
    long_command_ = &command;
  }
  observer_.observe(RecordedCommand(session, *command.spec, args, large), ticks, running_again_ != nullptr);
  if (depth_ == 0) tell_sender(session);
}

}  // namespace aerie
