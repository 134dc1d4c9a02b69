// SPDX-License-Identifier: BSD-3-Clause
//
// The whole database without I/O: options, command table, keyspace, sessions, statistics and the executor,
// built in member order. The server drives it from the event loop; a program can embed it and run commands in
// process (docs/examples/embed.cc). It owns no thread, no descriptor and no timer.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "aerie/base/clock.h"
#include "aerie/base/hash.h"
#include "aerie/base/random.h"
#include "aerie/base/result.h"
#include "aerie/engine/access_control.h"
#include "aerie/engine/block_registry.h"
#include "aerie/engine/client_eviction.h"
#include "aerie/engine/command_table.h"
#include "aerie/engine/config.h"
#include "aerie/engine/executor.h"
#include "aerie/engine/memory_limit.h"
#include "aerie/engine/session_directory.h"
#include "aerie/engine/stats.h"
#include "aerie/engine/subscription_index.h"
#include "aerie/engine/turn_log.h"
#include "aerie/engine/watch_index.h"
#include "aerie/store/keyspace.h"

namespace aerie {

// Facts that only the server knows and INFO prints; the server keeps them current when INFO is about to run,
// see Engine::refresh_server_facts.
struct ServerFacts {
  int64_t process_id = 0;
  int64_t tcp_port = 0;
  std::string executable;
  std::string config_file;
  std::string run_id;            // 40 hex digits
  std::string multiplexing_api;  // "epoll" or "kqueue"
  int64_t started_us = 0;        // monotonic
  int64_t started_wall_s = 0;
  uint64_t turns = 0;
  uint64_t turn_p99_us = 0;
  uint64_t turn_max_us = 0;
  uint64_t turn_cpu_max_us = 0;
  uint64_t turn_total_us = 0;
  uint64_t wakeups = 0;
  uint64_t input_to_be_freed = 0;  // bytes of input that clients left behind
};

class Engine {
 public:
  // `config` has been loaded; `clock` outlives the engine.
  Engine(Config& config, const Clock& clock, std::span<const std::span<const CommandSpec>> command_families,
         const HashSeed& seed);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  const Settings& settings() const { return config.settings(); }

  // Works off what must not be done at once: frees forgotten watches and queues, and whatever the keyspace
  // has to free. About `budget` blocks (some 100 ns each). Returns true when more is left.
  bool free_some(size_t budget);
  // Whether free_some() would have anything to do.
  bool any_to_free() const {
    return executor.retired_queues().any() || watches.any_to_free() || blocked.any_to_free() ||
           subscriptions.any_to_free() || keyspace.any_to_free();
  }
  // Bytes of watches, waiters, subscriptions, queues and output that wait to be freed; what waits in the
  // keyspace is not among them.
  size_t bytes_to_be_freed() const {
    return watches.forgotten_bytes() + blocked.forgotten_bytes() + subscriptions.forgotten_bytes() +
           executor.retired_queues().bytes() + executor.output_pool().bytes_to_be_freed();
  }

  Config& config;
  const Clock& clock;
  CommandTable command_table;
  Keyspace keyspace;
  SessionDirectory sessions;
  WatchIndex watches;
  BlockRegistry blocked;
  SubscriptionIndex subscriptions;
  Stats stats;
  TurnLog turn_log;
  Random random;
  ServerFacts facts;
  bool shutdown_requested = false;  // by SHUTDOWN; the server polls it
  // Called before INFO reads `facts`; injected by the server, may be empty when embedded.
  void (*refresh_facts)(void* context, ServerFacts* facts) = nullptr;
  void* refresh_facts_context = nullptr;
  // Writes the options as they are now into the configuration file; injected by the server. Empty: there is
  // no such file. The error has an errno.
  std::function<Status()> rewrite_config_file;
  MemoryLimit memory_limit;
  ClientEviction client_eviction;
  // How the ACL file is read and replaced as a whole; injected by the server, may be empty when embedded.
  Result<std::string> (*read_file)(const std::string& path) = nullptr;
  Status (*replace_file)(const std::string& path, std::string_view content) = nullptr;
  AccessControl access;
  Executor executor;

 private:
  // What the keyspace and the limits of memory have to know.
  void apply_to_keyspace(const Settings& now);
  // Thresholds of the slow log and the latency monitor, and whether latencies are tracked.
  void apply_to_watching(const Settings& now);
};

}  // namespace aerie
