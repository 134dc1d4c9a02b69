// SPDX-License-Identifier: BSD-3-Clause
//
// The values of all options as plain typed fields, at their defaults. Code reads them here directly; names,
// ranges, aliases and the text form are rows of config.h. Sizes are bytes, times are in the unit of the name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aerie/base/log.h"

namespace aerie {

struct Settings {
  // network
  std::vector<std::string> bind = {"*", "-::*"};
  int64_t port = 6379;
  std::string unixsocket;
  int64_t unixsocketperm = 0;  // octal mode; 0: by umask
  int64_t tcp_backlog = 511;
  int64_t tcp_keepalive_s = 300;
  int64_t timeout_s = 0;
  int64_t maxclients = 10000;
  bool protected_mode = true;
  // users
  std::string requirepass;
  std::string aclfile;
  std::string acl_pubsub_default = "resetchannels";  // or allchannels
  int64_t acllog_max_len = 128;
  std::vector<std::vector<std::string>> users;  // words of `user` lines, the name first
  // process
  bool daemonize = false;
  std::string supervised = "no";  // no | auto | systemd | upstart
  std::string pidfile;
  std::string logfile;
  LogLevel loglevel = LogLevel::kNotice;
  std::string dir = ".";
  int64_t databases = 16;
  std::string enable_debug_command = "no";     // no | yes | local
  std::string shutdown_on_sigint = "default";  // words of SHUTDOWN
  std::string shutdown_on_sigterm = "default";
  bool crash_log_enabled = true;
  bool syslog_enabled = false;
  std::string syslog_ident = "redis";
  std::string syslog_facility = "local0";
  bool disable_thp = true;
  bool set_proc_title = true;
  std::string proc_title_template = "{title} {listen-addr} {server-mode}";
  std::string oom_score_adj = "no";  // no | yes (relative) | absolute
  std::string oom_score_adj_values = "0 200 800";
  // limits
  uint64_t proto_max_bulk_len = 512ull * 1024 * 1024;
  uint64_t client_query_buffer_limit = 1024ull * 1024 * 1024;
  // hard and soft limit in bytes and seconds at the soft one, by class of client; 0: none
  std::string client_output_buffer_limit =
      "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60";
  // letters of the events that are published; empty: none
  std::string notify_keyspace_events;
  // watching
  int64_t slowlog_log_slower_than_us = 10'000;  // negative: nothing is logged
  int64_t slowlog_max_len = 128;
  int64_t latency_monitor_threshold_ms = 0;  // 0: nothing is noted
  int64_t turn_log_slower_than_us = 1'000;   // CPU time; negative: nothing is logged
  int64_t turn_log_max_len = 128;
  bool latency_tracking = true;
  std::string latency_tracking_info_percentiles = "50 99 99.9";
  // memory
  uint64_t maxmemory = 0;  // 0: no limit
  int64_t maxmemory_samples = 5;
  std::string maxmemory_clients = "0";  // bytes, or a percentage of maxmemory
  std::string maxmemory_policy = "noeviction";
  int64_t lfu_log_factor = 10;
  int64_t lfu_decay_time_min = 1;
  int64_t list_max_listpack_size = -2;
  int64_t tracking_table_max_keys = 1'000'000;  // keys that clients may have cached; 0: no limit
  // persistence: nothing is stored yet
  std::string save;
};

}  // namespace aerie
