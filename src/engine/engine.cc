// SPDX-License-Identifier: BSD-3-Clause
//
// Engine: builds its parts in member order. Options that only the keyspace has to follow are applied here;
// those with effects on sockets and files are the server's.
#include "aerie/engine/engine.h"

namespace aerie {

namespace {

// Options that the keyspace has to know.
constexpr const char* kKeyspaceOptions[] = {
    "maxmemory",      "maxmemory-clients", "maxmemory-policy",      "maxmemory-samples",
    "lfu-log-factor", "lfu-decay-time",    "list-max-listpack-size"};
constexpr const char* kNotifierOption = "notify-keyspace-events";
// Options of what is watched of commands.
constexpr const char* kWatchingOptions[] = {"slowlog-log-slower-than", "slowlog-max-len",
                                            "latency-monitor-threshold", "latency-tracking"};
constexpr const char* kPasswordOption = "requirepass";
// Options of users and their log.
constexpr const char* kAccessOptions[] = {"acl-pubsub-default", "acllog-max-len"};

}  // namespace

Engine::Engine(Config& engine_config, const Clock& engine_clock,
               std::span<const std::span<const CommandSpec>> command_families, const HashSeed& seed)
    : config(engine_config),
      clock(engine_clock),
      command_table(command_families),
      keyspace(static_cast<uint32_t>(engine_config.settings().databases), seed),
      watches(static_cast<uint32_t>(engine_config.settings().databases)),
      blocked(engine_clock.monotonic_us()),
      random(Random::from_system()),
      memory_limit(*this),
      client_eviction(*this),
      access(*this),
      executor(*this, engine_clock) {
  stats.commands.resize(command_table.size());
  apply_to_keyspace(config.settings());
  for (const char* option : kKeyspaceOptions) {
    config.set_apply_hook(option, [this](const Settings& now) {
      apply_to_keyspace(now);
      return Status();
    });
  }
  executor.notifier().set_letters(config.settings().notify_keyspace_events);
  config.set_apply_hook(kNotifierOption, [this](const Settings& now) {
    executor.notifier().set_letters(now.notify_keyspace_events);
    return Status();
  });
  sessions.first_user = &access.users().default_user();
  config.set_apply_hook(kPasswordOption, [this](const Settings& now) { return access.apply_password(now); });
  config.set_user_source([this] { return access.user_lines(); });
  apply_to_watching(config.settings());
  for (const char* option : kWatchingOptions) {
    config.set_apply_hook(option, [this](const Settings& now) {
      apply_to_watching(now);
      return Status();
    });
  }
  for (const char* option : kAccessOptions) {
    config.set_apply_hook(option, [this](const Settings& now) {
      access.apply_options(now);
      return Status();
    });
  }
}

Engine::~Engine() {
  for (const char* option : kWatchingOptions) config.set_apply_hook(option, nullptr);
  for (const char* option : kKeyspaceOptions) config.set_apply_hook(option, nullptr);
  for (const char* option : kAccessOptions) config.set_apply_hook(option, nullptr);
  config.set_apply_hook(kNotifierOption, nullptr);
  config.set_apply_hook(kPasswordOption, nullptr);
  config.set_user_source(nullptr);
}

bool Engine::free_some(size_t budget) {
  bool more = executor.retired_queues().free_some(&budget);
  more |= watches.free_some(&budget);
  more |= blocked.free_some(&budget);
  more |= subscriptions.free_some(&budget);
  more |= keyspace.free_some(budget);
  return more;
}

void Engine::apply_to_watching(const Settings& now) {
  executor.observer().apply(now);
  stats.track_latency = now.latency_tracking;
}

void Engine::apply_to_keyspace(const Settings& now) {
  const bool lfu = now.maxmemory_policy.ends_with("-lfu");
  keyspace.set_access_policy(lfu ? AccessPolicy::kLfu : AccessPolicy::kLru);
  keyspace.set_lfu(static_cast<uint32_t>(now.lfu_log_factor), static_cast<uint32_t>(now.lfu_decay_time_min));
  keyspace.set_list_fill(now.list_max_listpack_size);
  memory_limit.apply(now);
  client_eviction.apply(now);
  executor.limit_output_to(client_eviction.most_output());
}

}  // namespace aerie
