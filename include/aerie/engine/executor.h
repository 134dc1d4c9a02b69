// SPDX-License-Identifier: BSD-3-Clause
//
// Runs requests: lookup → ordered gates → (queue into MULTI, or call) → after. It is the only way in which a
// command runs, for clients, EXEC and later woken and scripted commands. Sessions that need the server's
// attention (output to send, a wish to close, input left) are gathered in the dirty list, which the server
// takes once per turn.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "aerie/engine/block_registry.h"
#include "aerie/engine/client_pause.h"
#include "aerie/engine/command_observer.h"
#include "aerie/engine/dirty_sessions.h"
#include "aerie/engine/invalidator.h"
#include "aerie/engine/keyspace_notifier.h"
#include "aerie/engine/publisher.h"
#include "aerie/engine/retired_queues.h"
#include "aerie/resp/large_arg.h"
#include "aerie/resp/output_queue.h"
#include "aerie/resp/reply_writer.h"
#include "aerie/resp/request_parser.h"

namespace aerie {

class Clock;
class CommandContext;
class Engine;
struct Command;
struct CommandSpec;
struct KeyEvent;
struct KeyPosition;

// Why run_batch stopped.
enum class BatchEnd : uint8_t {
  kAll,      // every request of the batch ran
  kBudget,   // the client's share of this turn is used up, or the rest is to be parsed anew
  kOutput,   // too much output waits for this client to read
  kWaiting,  // the session waits for a key, or for the end of a pause: keep the rest
  kClosing,  // the session shall be closed: drop the rest
};

struct BatchResult {
  BatchEnd end = BatchEnd::kAll;
  size_t executed = 0;  // requests of the batch that ran
};

// What is known of a request before its turn; nothing is decided by it. Made by Executor::prepare(), and not
// initialised before: a window of them is cheap.
struct PreparedRequest {
  const Command* command;  // nullptr: there is none
  uint64_t key_hash;
  uint32_t key_index;  // of the argument that is a key; 0: none at a fixed place
  bool unknown_subcommand;
};

class Executor {
 public:
  Executor(Engine& engine, const Clock& clock);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  ~Executor();

  // Runs the requests from `first` on, in order, up to `max_requests`. Looks ahead in the batch to bring keys
  // closer; decides nothing ahead of time. `prepared` may be what prepare() knows of the first one.
  BatchResult run_batch(Session& session, const RequestBatch& batch, size_t first, size_t max_requests,
                        const PreparedRequest* prepared = nullptr);
  // Looks at a request ahead of its turn: finds its command, and has the bucket of its key brought from
  // memory.
  PreparedRequest prepare(const Session& session, std::span<const std::string_view> args) const;
  // The same for the entry of its key. Waits for the bucket, so it should come a while after prepare().
  void bring_entry(const Session& session, const PreparedRequest& prepared) const;

  // A password is set, and this client has not given it.
  bool needs_authentication(const Session& session) const;
  // A batch ends when its commands took longer than this together (by default some 200 us), so that others
  // come first. Tests that count requests set it to a time that never comes.
  void set_max_batch_ticks(uint64_t ticks) { max_batch_ticks_ = ticks; }
  uint64_t max_batch_ticks() const { return max_batch_ticks_; }
  // What commands have taken so far, in ticks (aerie/base/tick_clock.h).
  uint64_t command_ticks() const { return command_ticks_; }

  // The last command that took some 300 us or more since this was asked, or nullptr: for the log of long
  // turns.
  const Command* take_long_command() { return std::exchange(long_command_, nullptr); }

  // A client whose unread output reaches so many bytes while a command runs is closed, and the rest of what
  // it asked for is not written: no single command and no EXEC fills the memory. By default nobody is.
  // `listening`: the limit of those who listen, which the publisher keeps to, too.
  void set_output_limits(size_t normal, size_t listening);
  // The client whose command runs may have begun, or ended, to listen: from now on the other limit holds.
  void follow_output_class(const Session& session);
  // The same limit by another reason; the smaller one counts.
  void limit_output_to(size_t bytes) { most_output_ = bytes; }

  // Runs one request. `large` names, by index, the arguments that own their memory (may be empty); a command
  // may take it. False when the request did not run, since a pause, or what was published and not written
  // yet, holds it back: it is to be kept.
  bool run(Session& session, std::span<const std::string_view> args, std::span<LargeArg> large = {});

  // Answers "-ERR <text>" and asks for the connection to be closed after it: protocol errors.
  void fail_protocol(Session& session, std::string_view error);

  // Runs a queued command of EXEC: no gates but those that hold inside a transaction. Used by EXEC alone.
  // What it may spend on looking at watched keys is taken off `watch_budget`.
  void call_queued(Session& session, QueuedCommand& queued, size_t* watch_budget);
  // Watched keys that the SWAPDBs of one EXEC look at; beyond that they count as changed, unseen.
  static constexpr size_t kWatchesSeenPerExec = 20'000;

  // Ends a transaction, whose commands have been run or not, and forgets all watches: EXEC, DISCARD, RESET,
  // disconnect.
  void discard_transaction(Session& session);
  void watch(Session& session, std::string_view key);
  void unwatch_all(Session& session);
  // Whether a key that the session watches changed or expired since. EXEC asks before it runs.
  bool watch_is_dirty(const Session& session) const;

  // Bytes of commands that transactions have queued.
  size_t queued_bytes() const { return queued_bytes_; }
  // Queues of transactions that have ended.
  RetiredQueues& retired_queues() { return retired_queues_; }
  const RetiredQueues& retired_queues() const { return retired_queues_; }

  // --- clients that wait (executor_blocking.cc)

  // The running command of this session found nothing and wants to run again when one of its keys holds a
  // value of type `wanted`, at the latest at `deadline_us` (Waiter::kNoDeadline: never); it answers nothing
  // now. REQUIRES: may_block().
  void block(CommandContext& context, std::span<const Key> keys, Type wanted, int64_t deadline_us);
  // False inside EXEC, where a command that finds nothing answers at once.
  bool may_block() const { return depth_ == 1; }
  // Ends the wait of a client with null, or with an error where `error` is not empty. False when it is not
  // blocked.
  bool unblock(Session& session, std::string_view error);
  ClientPause& pause() { return pause_; }
  const ClientPause& pause() const { return pause_; }
  // Ends the pause: whom it held back goes on.
  void unpause();
  // SWAPDB brought more keys that are waited for than could be looked at with it.
  bool is_looking_through() const { return looking_through_; }
  // Goes on with about `budget` of them. Returns true when more are left.
  bool look_through(size_t budget);
  // How many it looks at with the SWAPDB itself. Tests that want none of them to be set it to 0.
  void set_looked_through_at_once(size_t keys) { looked_through_at_once_ = keys; }
  // Ends the waits and the pause whose time has come, about `budget` of them. Returns true when more are due.
  bool end_due_waits(size_t budget);
  // When end_due_waits() may have something to do, monotonic; nothing when no wait has an end.
  std::optional<int64_t> next_wait_end_us() const;

  // Tells clients what they did not ask for.
  Publisher& publisher() { return publisher_; }
  KeyspaceNotifier& notifier() { return notifier_; }
  CommandObserver& observer() { return observer_; }
  Invalidator& invalidator() { return invalidator_; }
  const Invalidator& invalidator() const { return invalidator_; }
  // The command that publishes (or flushes) has written its reply: what its own client is told comes behind
  // it, or behind that of the EXEC which runs it.
  void tell_publishing_client(Session& session);

  // A session with output, or a wish, joins the dirty list, where it may be already.
  void mark_dirty(Session& session) { dirty_.add(session); }
  DirtySessions& dirty() { return dirty_; }
  // Has the client closed without another word to it, in the write phase, which has its slice of time:
  // thousands may go at once. From now on it is neither listed nor counted, and nothing is taken for it.
  void drop(Session& session);

  // Must be called before a session dies: forgets watches, transaction, output and the place on the dirty
  // list.
  void forget(Session& session);

  // Reads the clocks and freezes the time that commands see. The server calls it once per turn, with the
  // monotonic time that it has read already.
  void refresh_time();
  void refresh_time(int64_t monotonic_us);
  int64_t now_us() const { return now_us_; }  // monotonic, as of refresh_time()

  OutputPool& output_pool() { return output_pool_; }
  const OutputPool& output_pool() const { return output_pool_; }
  TurnBuffer& turn_buffer() { return turn_buffer_; }
  // For code that writes to a session outside a command (pushes, protocol errors).
  ReplyWriter& writer() { return writer_; }

  // Does what key events call for: invalidations, notifications, WATCH marks, clients that wait for a key.
  // Called after each outermost command, with its client, and after expire_due().
  void drain_key_events(const Session* cause = nullptr);

  // Requests that a client may run per turn and bytes of output after which its requests wait.
  static constexpr size_t kMaxRequestsPerTurn = 512;
  static constexpr size_t kOutputHighWater = 1024 * 1024;

 private:
  // False when the request did not run and is to be kept.
  bool run_prepared(Session& session, std::span<const std::string_view> args, const PreparedRequest& prepared,
                    std::span<LargeArg> large);
  // True when the request may run; otherwise the error is answered and counted.
  bool pass_gates(Session& session, const Command* command, std::span<const std::string_view> args,
                  bool bad_subcommand);
  // Evicts keys where memory is short. False when the command needs memory and there is none.
  bool has_memory_for(const Session& session, const CommandSpec& spec);
  void drop_http_client(Session& session);
  // A pause, or what subscribers were not written yet, holds it back: it is not to run now.
  bool is_held_back(Session& session, const Command& command);
  bool protected_command_allowed(const Session& session) const;
  void queue(Session& session, const Command& command, std::span<const std::string_view> args,
             std::span<LargeArg> large);
  void call(Session& session, const Command& command, std::span<const std::string_view> args,
            const PreparedRequest* prepared, std::span<LargeArg> large);
  void reject(Session& session, const Command* command, std::string_view error);
  void prepare_window(const Session& session, const RequestBatch& batch, size_t first, size_t count,
                      PreparedRequest* window) const;
  // Behind a command of a client with CLIENT NO-TOUCH or CLIENT TRACKING.
  void end_modes_of_command(Session& session, const Command& command, std::span<const std::string_view> args);
  void remember_reads(Session& session, const Command& command, std::span<const std::string_view> args);
  static void end_caching(Session& session, const Command* command);
  void tell_of_key_events(const Session* cause, const Session* sender);
  bool writes_are_told() const { return notifier_.is_on() || invalidator_.tracker_count() != 0; }
  void account(const Command& command, uint64_t ticks);
  // A command that took long, or is to be shown to monitors.
  void observe(Session& session, const Command& command, std::span<const std::string_view> args,
               std::span<const LargeArg> large, uint64_t ticks);
  void tell_sender(Session& session);
  // Puts the error replies written since the last call into Stats.
  void count_error_replies();
  static void end_reply_mode_of_command(Session& session);
  // Runs the commands of those who wait for keys that are ready, in order, until none of these keys can serve
  // anybody.
  void serve_ready_keys();
  void serve_queue(BlockRegistry::Queue* queue);
  bool comes_after_others(BlockRegistry::Queue* queue, Waiter& waiter);
  void serve_keys_of(const Session& session, const Command& command, std::span<const std::string_view> args);
  void make_keys_ready(std::optional<uint32_t> db, const CommandSpec& spec,
                       std::span<const std::string_view> args);
  void run_again(Session& session, Waiter& waiter);
  void end_wait(Session& session);
  void forget_wait(Session& session);
  void take_key_event(const KeyEvent& event);
  void take_database_event(const KeyEvent& event, std::vector<bool>* seen, size_t* budget);
  void mark_watchers(const std::vector<uint64_t>& session_ids);
  void mark_watchers_of_database(uint32_t db, size_t* budget);
  size_t most_pending(const Session& session) const;
  void open_reply(Session& session);
  void close_reply(Session& session);

  Engine& engine_;
  const Clock& clock_;
  TurnBuffer turn_buffer_;
  OutputPool output_pool_;
  ReplyWriter writer_;
  DirtySessions dirty_;
  Publisher publisher_;
  KeyspaceNotifier notifier_;
  CommandObserver observer_;
  Invalidator invalidator_;
  RetiredQueues retired_queues_;
  size_t queued_bytes_ = 0;
  size_t class_limit_ = SIZE_MAX;  // of output, by the class of clients
  size_t listener_limit_ = SIZE_MAX;
  size_t most_output_ = SIZE_MAX;  // by what all clients may take
  int64_t now_us_ = 0;
  uint32_t commands_since_refresh_ = 0;
  uint64_t command_ticks_ = 0;
  uint64_t max_batch_ticks_ = 600'000;  // some 200 us
  const Command* long_command_ = nullptr;
  uint32_t depth_ = 0;  // > 0 while a command runs; EXEC nests
  int64_t next_http_warning_us_ = 0;
  // Clients that wait:
  const Waiter* running_again_ = nullptr;  // whose command runs now
  bool waits_on_ = false;                  // it found nothing again
  bool serving_ = false;                   // serve_ready_keys() is under way
  // What BlockRegistry::any_to_look_through() says, kept here because every request asks.
  bool looking_through_ = false;
  size_t looked_through_at_once_ = 1024;
  std::vector<std::string_view> args_again_;
  ClientPause pause_;
  std::vector<KeyPosition> key_positions_;

  uint64_t errors_accounted_ = 0;  // of the writer's error replies, those already counted in Stats
};

}  // namespace aerie
