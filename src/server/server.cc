// SPDX-License-Identifier: BSD-3-Clause
//
// Server and its World: what happens in which phase of a turn, and how the server ends. All work that is
// nobody's request (expiry, freeing, idle checks) gets its slice of time here; options that act on sockets
// and timers have their effect here too.
#include "aerie/server/server.h"

#include <signal.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "aerie/base/log.h"
#include "aerie/base/quoted_words.h"
#include "aerie/base/random.h"
#include "aerie/commands/families.h"
#include "aerie/server/config_file.h"
#include "server/config_writer.h"
#include "server/crash_report.h"
#include "server/process.h"
#include "server/process_title.h"
#include "server/world.h"

namespace aerie {

namespace {

// Time per turn for all, for clients, and for each kind of background work. What comes late in a turn gets
// less when the turn's time is used up (EventLoop::slice_end_us), so a turn stays below a millisecond.
constexpr int64_t kTurnUs = 750;
constexpr int64_t kReadyUs = 300;
// Clients that are served per turn: no more than one turn can write to, or their output would gather. A send
// takes three times as long as reading and running a small request.
constexpr uint32_t kReadyClients = 64;
constexpr int64_t kSliceUs = 100;
// Work between two looks at the clock.
constexpr size_t kExpiryStep = 64;
constexpr size_t kFreeStep = 64;
constexpr size_t kWaitStep = 16;
// Clients closed per turn because all of them take too much.
constexpr size_t kClientsEvicted = 16;
constexpr size_t kLookStep = 64;
// While a key has a deadline the wall clock is looked at so often, since it may be set meanwhile.
constexpr int64_t kMaxExpirySleepMs = 2000;
constexpr int64_t kIdleCheckMs = 100;

const SystemClock& system_clock() {
  static const SystemClock clock;
  return clock;
}

Result<std::string> read_acl_file(const std::string& path) {
  std::string text;
  // Not the standard input, which "-" means elsewhere.
  const Status read = read_whole_file(path == "-" ? "./-" : path, &text);
  if (!read.ok()) return read.error();
  return text;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::create(Config& config, const ServerIdentity& identity) {
  Result<std::unique_ptr<EventLoop>> loop = EventLoop::create(system_clock());
  if (!loop.ok()) return loop.error();
  auto world = std::make_unique<World>(config, system_clock(), std::move(loop).value(), identity);
  const Status users = world->load_users();
  if (!users.ok()) return users.error();
  const Status listening = world->listen();
  if (!listening.ok()) return listening.error();
  return std::unique_ptr<Server>(new Server(std::move(world)));
}

Server::Server(std::unique_ptr<World> world) : world_(std::move(world)) {}
Server::~Server() = default;
Status Server::watch_signals() {
  return world_->watch_signals();
}
void Server::run() {
  world_->run();
}
void Server::stop() {
  world_->loop().stop();
}
int Server::tcp_port() const {
  return world_->tcp_port();
}
EventLoop& Server::loop() {
  return world_->loop();
}

Server::World::World(Config& config, const SystemClock& clock, std::unique_ptr<EventLoop> loop,
                     const ServerIdentity& identity)
    : config_(config),
      clock_(clock),
      identity_(identity),
      loop_(std::move(loop)),
      engine_(config, clock, command_families(), HashSeed::random()),
      clients_(*loop_, engine_),
      acceptor_(*loop_, clients_),
      long_turns_(*loop_, engine_),
      expiry_timer_([this] { expire_slice(); }),
      wait_timer_([this] { end_waits(); }),
      idle_timer_([this] { clients_.begin_idle_check(); }) {
  ServerFacts& facts = engine_.facts;
  facts.process_id = sys::process_id();
  facts.executable = identity.executable;
  facts.config_file = identity.config_file;
  facts.run_id = random_id();
  facts.multiplexing_api = Poller::name();
  facts.started_us = clock_.monotonic_us();
  facts.started_wall_s = clock_.wall_us() / 1'000'000;
  engine_.refresh_facts = [](void* context, ServerFacts* out) {
    static_cast<World*>(context)->fill_facts(out);
  };
  engine_.refresh_facts_context = this;
  if (!identity.config_file.empty()) {
    engine_.rewrite_config_file = [this] { return write_config_file(engine_.facts.config_file, config_); };
  }
  engine_.read_file = read_acl_file;
  engine_.replace_file = [](const std::string& path, std::string_view text) {
    return replace_file(path, text, "ACL");
  };
  set_crash_engine(&engine_);
  set_phases();
  set_option_hooks();
  apply_timeout(config_.settings());
  long_turns_.apply(config_.settings());
  clients_.apply_output_limits(config_.settings());
  // What fails is in the log: the server serves with any score.
  static_cast<void>(oom_score_.apply(config_.settings()));
}

Server::World::~World() {
  set_crash_engine(nullptr);
  for (const char* option :
       {"port", "bind", "maxclients", "tcp-keepalive", "timeout", "loglevel", "client-output-buffer-limit",
        "crash-log-enabled", "oom-score-adj", "oom-score-adj-values", "proc-title-template"}) {
    config_.set_apply_hook(option, nullptr);
  }
  for (const Phase phase : {Phase::kHangups, Phase::kReady, Phase::kWrite})
    loop_->set_phase_hook(phase, nullptr);
}

void Server::World::set_phases() {
  EventLoop::TurnBudget budget;
  budget.max_us = kReadyUs;
  budget.max_events = kReadyClients;
  budget.turn_us = kTurnUs;
  loop_->set_turn_budget(budget);
  loop_->set_phase_hook(Phase::kHangups, [this] { begin_turn(); });
  loop_->set_phase_hook(Phase::kReady, [this] { clients_.run_arrivals(); });
  loop_->set_phase_hook(Phase::kWrite, [this] { write_phase(); });
}

void Server::World::set_option_hooks() {
  config_.set_apply_hook("port", [this](const Settings& now) {
    return apply_listening(now, "Unable to listen on this port. Check server logs.");
  });
  config_.set_apply_hook("bind", [this](const Settings& now) {
    return apply_listening(now, "Failed to bind to specified addresses.");
  });
  config_.set_apply_hook("maxclients", [this](const Settings& now) { return apply_maxclients(now); });
  config_.set_apply_hook("tcp-keepalive", [this](const Settings& now) {
    acceptor_.apply_keepalive(now);
    return Status();
  });
  config_.set_apply_hook("timeout", [this](const Settings& now) {
    apply_timeout(now);
    return Status();
  });
  for (const char* option : {"turn-log-slower-than", "turn-log-max-len"}) {
    config_.set_apply_hook(option, [this](const Settings& now) {
      long_turns_.apply(now);
      return Status();
    });
  }
  config_.set_apply_hook("client-output-buffer-limit", [this](const Settings& now) {
    clients_.apply_output_limits(now);
    return Status();
  });
  config_.set_apply_hook("loglevel", [](const Settings& now) {
    log_set_level(now.loglevel);
    return Status();
  });
  config_.set_apply_hook("proc-title-template", [this](const Settings& now) {
    apply_title(now);
    return Status();
  });
  config_.set_apply_hook("crash-log-enabled", [](const Settings& now) {
    now.crash_log_enabled ? install_crash_handlers() : remove_crash_handlers();
    return Status();
  });
  for (const char* option : {"oom-score-adj", "oom-score-adj-values"}) {
    config_.set_apply_hook(option, [this](const Settings& now) { return oom_score_.apply(now); });
  }
}

Status Server::World::listen() {
  const Settings& settings = config_.settings();
  if (!acceptor_.listen_tcp(settings).ok()) {
    return Error{0, "Failed listening on port " + std::to_string(settings.port) + " (TCP), aborting."};
  }
  listening_ = settings;
  engine_.facts.tcp_port = settings.port;
  apply_title(settings);
  if (!settings.unixsocket.empty()) {
    engine_.sessions.unix_path = settings.unixsocket;
    const Status opened = acceptor_.listen_unix(settings);
    if (!opened.ok()) return Error{0, "Failed opening Unix socket: " + opened.error().message()};
  }
  if (acceptor_.listener_count() == 0) return Error{0, "Configured to not listen anywhere, exiting."};
  return {};
}

Status Server::World::watch_signals() {
  Result<std::unique_ptr<SignalWatcher>> made = SignalWatcher::create(
      *loop_, {SIGTERM, SIGINT}, [this](int signal) { end_by_signal(signal); }, note_shutdown_signal);
  if (!made.ok()) return made.error();
  signals_ = std::move(made).value();
  return {};
}

void Server::World::run() {
  loop_->run();
  while (clients_.write_all(clock_.monotonic_us())) {
  }
  acceptor_.close_all();
  clients_.close_all();
}

void Server::World::begin_turn() {
  long_turns_.begin_turn();
  engine_.executor.refresh_time(loop_->now_us());
}

void Server::World::write_phase() {
  int64_t now_us = loop_->now_us();
  const bool looking_through = engine_.executor.is_looking_through();
  const bool evicting = engine_.memory_limit.has_more_to_evict();
  if (more_to_expire_ || more_waits_due_ || looking_through || evicting || clients_.idle_check_left()) {
    if (more_to_expire_) expire_slice();
    if (evicting) evict_slice();
    if (more_waits_due_) end_waits();
    if (looking_through) look_through_slice();
    if (clients_.idle_check_left()) clients_.close_idle();
    if (clients_.idle_check_left()) loop_->limit_sleep_us(0);
    now_us = clock_.monotonic_us();
  }
  // Behind all that changes keys.
  if (engine_.executor.invalidator().has_work()) {
    invalidate_slice();
    now_us = clock_.monotonic_us();
  }
  if (clients_.write_all(now_us)) loop_->limit_sleep_us(0);
  if (engine_.client_eviction.is_over()) [[unlikely]] {
    engine_.client_eviction.evict_some(kClientsEvicted);
    // They are closed with the next output.
    loop_->limit_sleep_us(0);
  }
  free_slice();
  plan_expiry();
  plan_end_of_waits();
  if (engine_.stats.resets != stat_resets_) {
    stat_resets_ = engine_.stats.resets;
    loop_->reset_stats();
  }
  if (engine_.shutdown_requested) shut_down();
}

bool Server::World::free_step() {
  const bool more = clients_.free_some();
  return engine_.free_some(kFreeStep) || more;
}

void Server::World::free_slice() {
  if (!clients_.any_to_free() && !engine_.any_to_free()) return;
  if (!free_step()) return;
  const int64_t end_us = loop_->slice_end_us(clock_.monotonic_us(), kSliceUs);
  bool more = true;
  while (more && clock_.monotonic_us() < end_us) more = free_step();
  if (more) loop_->limit_sleep_us(0);
}

void Server::World::expire_slice() {
  Executor& executor = engine_.executor;
  executor.refresh_time();
  const int64_t began_us = executor.now_us();
  const int64_t end_us = loop_->slice_end_us(began_us, kSliceUs);
  int64_t now_us = began_us;
  // Thousands may be told of each key. It waits like a client that publishes, and the write phase, which
  // comes next, ends that.
  const bool tells = executor.notifier().is_heard();
  const size_t step = tells ? 1 : kExpiryStep;
  more_to_expire_ = true;
  while (more_to_expire_ && !(tells && executor.publisher().has_to_wait())) {
    more_to_expire_ = engine_.keyspace.expire_due(step);
    executor.drain_key_events();
    now_us = clock_.monotonic_us();
    if (now_us >= end_us) break;
  }
  executor.observer().latency().note("expire-cycle", engine_.keyspace.now_ms() / 1000,
                                     (now_us - began_us) / 1000);
}

void Server::World::evict_slice() {
  MemoryLimit& limit = engine_.memory_limit;
  const int64_t began_us = clock_.monotonic_us();
  const int64_t end_us = loop_->slice_end_us(began_us, kSliceUs);
  int64_t now_us = began_us;
  do {
    limit.evict_some();
    engine_.executor.drain_key_events();
    now_us = clock_.monotonic_us();
  } while (limit.has_more_to_evict() && now_us < end_us);
  if (limit.has_more_to_evict()) loop_->limit_sleep_us(0);
  engine_.executor.observer().latency().note("eviction-cycle", engine_.keyspace.now_ms() / 1000,
                                             (now_us - began_us) / 1000);
}

// At the end of each turn the timer stands at the next deadline, or earlier.
void Server::World::plan_expiry() {
  // What a slice left over goes on in the next turn.
  if (more_to_expire_) return loop_->limit_sleep_us(0);
  const int64_t next_ms = engine_.keyspace.next_expiry_ms();
  if (next_ms == kNever) return loop_->cancel(expiry_timer_);
  if (expiry_timer_.armed() && next_ms >= planned_expiry_ms_) return;
  planned_expiry_ms_ = next_ms;
  // A deadline that is still in the past is one that the slice could do nothing about yet: a tick later is
  // early enough.
  loop_->arm(expiry_timer_, std::clamp<int64_t>(next_ms - clock_.wall_ms(), 1, kMaxExpirySleepMs));
}

void Server::World::end_waits() {
  const int64_t end_us = loop_->slice_end_us(clock_.monotonic_us(), kSliceUs);
  do {
    more_waits_due_ = engine_.executor.end_due_waits(kWaitStep);
  } while (more_waits_due_ && clock_.monotonic_us() < end_us);
}

void Server::World::look_through_slice() {
  const int64_t end_us = loop_->slice_end_us(clock_.monotonic_us(), kSliceUs);
  bool more = true;
  while (more && clock_.monotonic_us() < end_us) more = engine_.executor.look_through(kLookStep);
  if (more) loop_->limit_sleep_us(0);
}

void Server::World::invalidate_slice() {
  const int64_t end_us = loop_->slice_end_us(clock_.monotonic_us(), kSliceUs);
  bool more = true;
  while (more && clock_.monotonic_us() < end_us) more = engine_.executor.invalidator().work_some();
  if (more) loop_->limit_sleep_us(0);
}

// At the end of each turn the timer stands at the first end of a wait, or earlier.
void Server::World::plan_end_of_waits() {
  if (more_waits_due_) return loop_->limit_sleep_us(0);
  const std::optional<int64_t> next_us = engine_.executor.next_wait_end_us();
  if (!next_us) return loop_->cancel(wait_timer_);
  if (wait_timer_.armed() && *next_us == planned_end_of_wait_us_) return;
  planned_end_of_wait_us_ = *next_us;
  loop_->arm_at(wait_timer_, *next_us);
}

Status Server::World::apply_listening(const Settings& settings, const char* failure) {
  if (acceptor_.listen_tcp(settings).ok()) {
    listening_ = settings;
    engine_.facts.tcp_port = settings.port;
    apply_title(settings);
    return {};
  }
  if (!acceptor_.listen_tcp(listening_).ok())
    log_warning("The former addresses cannot be listened on any more");
  return Error{0, failure};
}

void Server::World::apply_title(const Settings& settings) {
  if (settings.set_proc_title) set_process_title(process_title(settings, identity_));
}

Status Server::World::apply_maxclients(const Settings& settings) {
  const int64_t granted = raise_descriptor_limit(settings.maxclients);
  if (granted >= settings.maxclients) return {};
  return Error{0, "The operating system is not able to handle the specified number of clients, try with " +
                      std::to_string(granted)};
}

void Server::World::apply_timeout(const Settings& settings) {
  if (settings.timeout_s == 0) {
    loop_->cancel(idle_timer_);
  } else if (!idle_timer_.armed()) {
    loop_->arm_repeating(idle_timer_, kIdleCheckMs);
  }
}

// Without persistence a shutdown that must save first cannot be, as SHUTDOWN SAVE answers. FORCE says that it
// is to be all the same; the other words speak of replicas to wait for, which there are none of.
void Server::World::end_by_signal(int signal) {
  const Settings& now = config_.settings();
  const auto words = split_words(signal == SIGINT ? now.shutdown_on_sigint : now.shutdown_on_sigterm);
  const auto has = [&](std::string_view word) {
    return std::find(words->begin(), words->end(), word) != words->end();
  };
  if (!has("save") || has("force")) {
    engine_.shutdown_requested = true;
    return;
  }
  log_warning("Error trying to save the DB, can't exit: nothing is stored on disk yet.");
  log_warning("Errors trying to shut down the server. Check the logs for more information.");
  forget_shutdown_signal();
}

void Server::World::shut_down() {
  log_warning("User requested shutdown...");
  engine_.shutdown_requested = false;
  loop_->stop();
}

void Server::World::fill_facts(ServerFacts* facts) const {
  const LoopStats& stats = loop_->stats();
  facts->turns = stats.turns;
  facts->turn_p99_us = stats.turn_wall_us.percentile(99);
  facts->turn_max_us = stats.turn_wall_us.max();
  facts->turn_cpu_max_us = stats.turn_cpu_us.max();
  facts->turn_total_us = stats.turn_wall_us.sum();
  facts->wakeups = stats.sleeps;
  facts->input_to_be_freed = clients_.input_to_be_freed();
}

}  // namespace aerie
