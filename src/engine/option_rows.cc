// SPDX-License-Identifier: BSD-3-Clause
//
// Every option of a stock Redis 7.2 configuration, one row each, in four parts: options that work, tuning
// that has no effect yet, options whose absence changes durability, security or topology (refused unless they
// say "off"), and lines of redis.conf that are no parameters. To make an option work: give Settings a field,
// name it in the row, drop kWithoutEffect or kUnsupported, and show it in docs/aerie.conf.
#include "engine/option_rows.h"

#include <array>

namespace aerie {

namespace {

constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();
constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();
constexpr int64_t kPortMax = 65535;
constexpr int64_t kMib = 1024 * 1024;

constexpr std::string_view kLogLevels[] = {"debug", "verbose", "notice", "warning", "nothing"};
constexpr std::string_view kPolicies[] = {"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
                                          "allkeys-lru",  "allkeys-lfu",  "allkeys-random",  "noeviction"};
constexpr std::string_view kNoYesLocal[] = {"no", "yes", "local"};
constexpr std::string_view kFsyncModes[] = {"everysec", "always", "no"};
constexpr std::string_view kNoYesClients[] = {"no", "yes", "clients"};
constexpr std::string_view kNoYesOptional[] = {"no", "yes", "optional"};
constexpr std::string_view kOomModes[] = {"no", "yes", "relative", "absolute"};
constexpr std::string_view kShutdownWords[] = {"default", "save", "nosave", "now", "force"};
constexpr std::string_view kErrorBehaviors[] = {"ignore", "panic", "panic-on-replicas"};
constexpr std::string_view kDisklessLoads[] = {"disabled", "on-empty-db", "swapdb"};
constexpr std::string_view kEndpointTypes[] = {"ip", "hostname", "unknown-endpoint"};
constexpr std::string_view kChannelModes[] = {"allchannels", "resetchannels"};
constexpr std::string_view kSupervisors[] = {"upstart", "systemd", "auto", "no"};
constexpr std::string_view kSyslogFacilities[] = {"user",   "local0", "local1", "local2", "local3",
                                                  "local4", "local5", "local6", "local7"};

// --- rows over a field of Settings
constexpr OptionRow yes_no(std::string_view name, bool Settings::*field, uint16_t flags = 0) {
  return {.name = name, .kind = OptionKind::kYesNo, .field = field, .flags = flags};
}
constexpr OptionRow integer(std::string_view name, int64_t Settings::*field, int64_t least, int64_t most,
                            uint16_t flags = 0) {
  return {.name = name,
          .kind = OptionKind::kInteger,
          .field = field,
          .least = least,
          .most = most,
          .flags = flags};
}
constexpr OptionRow memory(std::string_view name, uint64_t Settings::*field, int64_t least) {
  return {.name = name, .kind = OptionKind::kMemory, .field = field, .least = least};
}
constexpr OptionRow word(std::string_view name, std::string Settings::*field,
                         std::span<const std::string_view> words, uint16_t flags = 0) {
  return {.name = name, .kind = OptionKind::kWord, .field = field, .words = words, .flags = flags};
}
constexpr OptionRow text(std::string_view name, std::string Settings::*field, uint16_t flags = 0) {
  return {.name = name, .kind = OptionKind::kText, .field = field, .flags = flags};
}

constexpr OptionRow shutdown_words(std::string_view name, std::string Settings::*field) {
  return {.name = name,
          .kind = OptionKind::kWordFlags,
          .field = field,
          .words = kShutdownWords,
          .check = check_shutdown_words};
}

// --- rows whose text is only kept
constexpr OptionRow kept_yes_no(std::string_view name, std::string_view initial,
                                uint16_t flags = kWithoutEffect) {
  return {.name = name, .kind = OptionKind::kYesNo, .initial = initial, .flags = flags};
}
constexpr OptionRow kept_integer(std::string_view name, std::string_view initial, int64_t least, int64_t most,
                                 uint16_t flags = kWithoutEffect) {
  return {.name = name,
          .kind = OptionKind::kInteger,
          .initial = initial,
          .least = least,
          .most = most,
          .flags = flags};
}
constexpr OptionRow kept_memory(std::string_view name, std::string_view initial,
                                uint16_t flags = kWithoutEffect) {
  return {.name = name, .kind = OptionKind::kMemory, .initial = initial, .flags = flags};
}
constexpr OptionRow kept_word(std::string_view name, std::string_view initial,
                              std::span<const std::string_view> words, uint16_t flags = kWithoutEffect) {
  return {.name = name, .kind = OptionKind::kWord, .initial = initial, .words = words, .flags = flags};
}
constexpr OptionRow kept_text(std::string_view name, std::string_view initial = "",
                              uint16_t flags = kWithoutEffect) {
  return {.name = name, .kind = OptionKind::kText, .initial = initial, .flags = flags};
}
constexpr OptionRow kept_checked(std::string_view name, std::string_view initial, std::string_view form,
                                 OptionCheck check, OptionToFile to_file, uint16_t flags = kWithoutEffect) {
  return {.name = name,
          .kind = OptionKind::kChecked,
          .initial = initial,
          .check = check,
          .to_file = to_file,
          .form = form,
          .flags = flags};
}
constexpr OptionRow refused_directive(std::string_view name) {
  return {.name = name, .kind = OptionKind::kWords, .flags = kUnsupported | kDirectiveOnly};
}

// Redis takes such a line and forgets it.
constexpr OptionRow forgotten_directive(std::string_view name) {
  return {.name = name, .kind = OptionKind::kText, .flags = kWithoutEffect | kDirectiveOnly};
}

constexpr OptionRow with_check(OptionRow row, OptionCheck check) {
  row.check = check;
  return row;
}

constexpr OptionRow at_least(OptionRow row, int64_t least) {
  row.least = least;
  return row;
}

constexpr OptionRow with_alias(OptionRow row, std::string_view alias) {
  row.alias = alias;
  return row;
}

constexpr uint16_t kStartOnly = kWithoutEffect | kImmutable;
constexpr uint16_t kRefusedAtStart = kUnsupported | kImmutable;

constexpr OptionRow kRows[] = {
    // --- options that work
    {.name = "bind", .kind = OptionKind::kWords, .field = &Settings::bind},
    integer("port", &Settings::port, 0, kPortMax),
    text("unixsocket", &Settings::unixsocket, kImmutable),
    {.name = "unixsocketperm",
     .kind = OptionKind::kOctal,
     .field = &Settings::unixsocketperm,
     .most = 0777,
     .flags = kImmutable},
    integer("tcp-backlog", &Settings::tcp_backlog, 0, kInt32Max, kImmutable),
    integer("tcp-keepalive", &Settings::tcp_keepalive_s, 0, kInt32Max),
    integer("timeout", &Settings::timeout_s, 0, kInt32Max),
    integer("maxclients", &Settings::maxclients, 1, std::numeric_limits<uint32_t>::max()),
    yes_no("protected-mode", &Settings::protected_mode),
    text("requirepass", &Settings::requirepass, kSecret),
    text("aclfile", &Settings::aclfile, kImmutable | kEmptyInFile),
    word("acl-pubsub-default", &Settings::acl_pubsub_default, kChannelModes),
    integer("acllog-max-len", &Settings::acllog_max_len, 0, kInt64Max),
    {.name = "user", .kind = OptionKind::kWords, .flags = kDirectiveOnly | kUserLine},
    yes_no("daemonize", &Settings::daemonize, kImmutable),
    word("supervised", &Settings::supervised, kSupervisors, kImmutable),
    text("pidfile", &Settings::pidfile, kImmutable),
    text("logfile", &Settings::logfile, kImmutable | kEmptyInFile),
    {.name = "loglevel", .kind = OptionKind::kWord, .field = &Settings::loglevel, .words = kLogLevels},
    yes_no("syslog-enabled", &Settings::syslog_enabled, kImmutable),
    text("syslog-ident", &Settings::syslog_ident, kImmutable),
    word("syslog-facility", &Settings::syslog_facility, kSyslogFacilities, kImmutable),
    yes_no("crash-log-enabled", &Settings::crash_log_enabled),
    shutdown_words("shutdown-on-sigint", &Settings::shutdown_on_sigint),
    shutdown_words("shutdown-on-sigterm", &Settings::shutdown_on_sigterm),
    yes_no("disable-thp", &Settings::disable_thp, kImmutable),
    yes_no("set-proc-title", &Settings::set_proc_title, kImmutable),
    with_check(text("proc-title-template", &Settings::proc_title_template), check_title_template),
    with_check(word("oom-score-adj", &Settings::oom_score_adj, kOomModes), check_oom_mode),
    {.name = "oom-score-adj-values",
     .kind = OptionKind::kChecked,
     .field = &Settings::oom_score_adj_values,
     .check = check_oom_values,
     .to_file = to_plain_line,
     .form = "three numbers from -2000 to 2000"},
    text("dir", &Settings::dir, kGuarded | kAlwaysInFile),
    integer("databases", &Settings::databases, 1, kInt32Max, kImmutable),
    word("enable-debug-command", &Settings::enable_debug_command, kNoYesLocal, kImmutable),
    memory("proto-max-bulk-len", &Settings::proto_max_bulk_len, kMib),
    memory("client-query-buffer-limit", &Settings::client_query_buffer_limit, kMib),
    {.name = "client-output-buffer-limit",
     .kind = OptionKind::kChecked,
     .field = &Settings::client_output_buffer_limit,
     .check = check_output_limits,
     .to_file = to_limit_lines,
     .form = "for each class: its name, hard limit, soft limit, seconds"},
    {.name = "notify-keyspace-events",
     .kind = OptionKind::kChecked,
     .field = &Settings::notify_keyspace_events,
     .check = check_event_classes,
     .to_file = to_quoted_line,
     .form = "letters",
     .flags = kEmptyInFile},
    integer("slowlog-log-slower-than", &Settings::slowlog_log_slower_than_us, -1, kInt64Max),
    integer("slowlog-max-len", &Settings::slowlog_max_len, 0, kInt64Max),
    integer("latency-monitor-threshold", &Settings::latency_monitor_threshold_ms, 0, kInt64Max),
    integer("turn-log-slower-than", &Settings::turn_log_slower_than_us, -1, kInt64Max),
    integer("turn-log-max-len", &Settings::turn_log_max_len, 0, kInt64Max),
    yes_no("latency-tracking", &Settings::latency_tracking),
    {.name = "latency-tracking-info-percentiles",
     .kind = OptionKind::kChecked,
     .field = &Settings::latency_tracking_info_percentiles,
     .check = check_percentiles,
     .to_file = to_plain_line,
     .form = "percentages",
     .flags = kAlwaysInFile},
    {.name = "maxmemory",
     .kind = OptionKind::kChecked,
     .field = &Settings::maxmemory,
     .check = check_memory_limit,
     .to_file = to_memory_line,
     .form = "size in bytes, or percentage of the memory that there is"},
    {.name = "maxmemory-clients",
     .kind = OptionKind::kChecked,
     .field = &Settings::maxmemory_clients,
     .check = check_client_memory,
     .to_file = to_memory_line,
     .form = "size in bytes, or percentage of maxmemory"},
    integer("maxmemory-samples", &Settings::maxmemory_samples, 1, kInt32Max),
    word("maxmemory-policy", &Settings::maxmemory_policy, kPolicies),
    integer("lfu-log-factor", &Settings::lfu_log_factor, 0, kInt32Max),
    integer("lfu-decay-time", &Settings::lfu_decay_time_min, 0, kInt32Max),
    with_alias(integer("list-max-listpack-size", &Settings::list_max_listpack_size,
                       std::numeric_limits<int32_t>::min(), kInt32Max),
               "list-max-ziplist-size"),
    integer("tracking-table-max-keys", &Settings::tracking_table_max_keys, 0, kInt64Max),
    {.name = "save",
     .kind = OptionKind::kChecked,
     .field = &Settings::save,
     .check = check_save_points,
     .to_file = to_save_lines,
     .form = "pairs of seconds and changes",
     .flags = kWithoutEffect | kAccumulates},

    // --- tuning without effect: general
    with_check(kept_integer("hz", "10", 0, kInt32Max), check_hz),
    kept_yes_no("dynamic-hz", "yes"),
    kept_integer("io-threads", "1", 1, 128, kStartOnly),
    kept_yes_no("io-threads-do-reads", "no", kStartOnly),
    kept_yes_no("activerehashing", "yes"),
    kept_integer("active-expire-effort", "1", 1, 10),
    kept_yes_no("always-show-logo", "no", kStartOnly),
    kept_text("bind-source-addr"),
    kept_integer("socket-mark-id", "0", 0, std::numeric_limits<uint32_t>::max(), kStartOnly),
    kept_yes_no("crash-memcheck-enabled", "yes"),
    kept_text("ignore-warnings", "", kWithoutEffect | kEmptyInFile),
    kept_text("locale-collate", "", kWithoutEffect | kEmptyInFile),
    kept_text("server_cpulist", "", kStartOnly),
    kept_text("bio_cpulist", "", kStartOnly),
    kept_text("aof_rewrite_cpulist", "", kStartOnly),
    kept_text("bgsave_cpulist", "", kStartOnly),
    kept_yes_no("jemalloc-bg-thread", "yes"),
    kept_integer("shutdown-timeout", "10", 0, kInt32Max),
    with_alias(kept_integer("busy-reply-threshold", "5000", 0, kInt64Max), "lua-time-limit"),

    // --- tuning without effect: memory and encodings
    kept_integer("maxmemory-eviction-tenacity", "10", 0, 100),
    kept_yes_no("lazyfree-lazy-eviction", "no"),
    kept_yes_no("lazyfree-lazy-expire", "no"),
    kept_yes_no("lazyfree-lazy-server-del", "no"),
    kept_yes_no("lazyfree-lazy-user-del", "no"),
    kept_yes_no("lazyfree-lazy-user-flush", "no"),
    kept_yes_no("activedefrag", "no"),
    at_least(kept_memory("active-defrag-ignore-bytes", "104857600"), 1),
    kept_integer("active-defrag-threshold-lower", "10", 0, 1000),
    kept_integer("active-defrag-threshold-upper", "100", 0, 1000),
    kept_integer("active-defrag-cycle-min", "1", 1, 99),
    kept_integer("active-defrag-cycle-max", "25", 1, 99),
    kept_integer("active-defrag-max-scan-fields", "1000", 1, kInt64Max),
    with_alias(kept_integer("hash-max-listpack-entries", "512", 0, kInt64Max), "hash-max-ziplist-entries"),
    with_alias(kept_memory("hash-max-listpack-value", "64"), "hash-max-ziplist-value"),
    kept_integer("list-compress-depth", "0", 0, kInt32Max),
    kept_integer("set-max-intset-entries", "512", 0, kInt64Max),
    kept_integer("set-max-listpack-entries", "128", 0, kInt64Max),
    kept_memory("set-max-listpack-value", "64"),
    with_alias(kept_integer("zset-max-listpack-entries", "128", 0, kInt64Max), "zset-max-ziplist-entries"),
    with_alias(kept_memory("zset-max-listpack-value", "64"), "zset-max-ziplist-value"),
    kept_memory("hll-sparse-max-bytes", "3000"),
    kept_memory("stream-node-max-bytes", "4096"),
    kept_integer("stream-node-max-entries", "100", 0, kInt64Max),

    // --- tuning without effect: persistence, of which there is none
    kept_word("appendfsync", "everysec", kFsyncModes),
    kept_text("appendfilename", "appendonly.aof", kStartOnly),
    kept_text("appenddirname", "appendonlydir", kStartOnly),
    kept_yes_no("no-appendfsync-on-rewrite", "no"),
    kept_integer("auto-aof-rewrite-percentage", "100", 0, kInt32Max),
    kept_memory("auto-aof-rewrite-min-size", "67108864"),
    kept_yes_no("aof-load-truncated", "yes"),
    kept_yes_no("aof-use-rdb-preamble", "yes"),
    kept_yes_no("aof-timestamp-enabled", "no"),
    kept_yes_no("aof-rewrite-incremental-fsync", "yes"),
    kept_yes_no("aof-disable-auto-gc", "no"),
    kept_checked("dbfilename", "dump.rdb", "file name", check_file_name, to_quoted_line,
                 kWithoutEffect | kGuarded),
    kept_yes_no("rdbcompression", "yes"),
    kept_yes_no("rdbchecksum", "yes", kStartOnly),
    kept_yes_no("rdb-del-sync-files", "no"),
    kept_yes_no("rdb-save-incremental-fsync", "yes"),
    kept_word("sanitize-dump-payload", "no", kNoYesClients),
    kept_yes_no("stop-writes-on-bgsave-error", "yes"),

    // --- tuning without effect: replication, cluster and TLS, of which there is none
    kept_text("masteruser", "", kWithoutEffect | kSecret),
    kept_text("masterauth", "", kWithoutEffect | kSecret),
    with_alias(kept_yes_no("replica-serve-stale-data", "yes"), "slave-serve-stale-data"),
    with_alias(kept_yes_no("replica-read-only", "yes"), "slave-read-only"),
    with_alias(kept_integer("replica-priority", "100", 0, kInt32Max), "slave-priority"),
    with_alias(kept_yes_no("replica-lazy-flush", "no"), "slave-lazy-flush"),
    with_alias(kept_yes_no("replica-ignore-maxmemory", "yes"), "slave-ignore-maxmemory"),
    kept_yes_no("replica-ignore-disk-write-errors", "no"),
    kept_yes_no("replica-announced", "yes"),
    with_alias(kept_text("replica-announce-ip"), "slave-announce-ip"),
    with_alias(kept_integer("replica-announce-port", "0", 0, kPortMax), "slave-announce-port"),
    kept_yes_no("repl-diskless-sync", "yes"),
    kept_integer("repl-diskless-sync-delay", "5", 0, kInt32Max),
    kept_integer("repl-diskless-sync-max-replicas", "0", 0, kInt32Max),
    kept_word("repl-diskless-load", "disabled", kDisklessLoads),
    kept_yes_no("repl-disable-tcp-nodelay", "no"),
    with_check(at_least(kept_memory("repl-backlog-size", "1048576"), 1), check_backlog_size),
    kept_integer("repl-backlog-ttl", "3600", 0, kInt64Max),
    with_alias(kept_integer("repl-ping-replica-period", "10", 1, kInt32Max), "repl-ping-slave-period"),
    kept_integer("repl-timeout", "60", 1, kInt32Max),
    with_alias(kept_integer("min-replicas-max-lag", "10", 0, kInt32Max), "min-slaves-max-lag"),
    kept_word("propagation-error-behavior", "ignore", kErrorBehaviors),
    kept_text("cluster-config-file", "nodes.conf", kStartOnly),
    kept_integer("cluster-port", "0", 0, kPortMax, kStartOnly),
    kept_integer("cluster-node-timeout", "15000", 0, kInt64Max),
    kept_integer("cluster-migration-barrier", "1", 0, kInt32Max),
    kept_yes_no("cluster-allow-replica-migration", "yes"),
    kept_yes_no("cluster-require-full-coverage", "yes"),
    kept_yes_no("cluster-allow-reads-when-down", "no"),
    kept_yes_no("cluster-allow-pubsubshard-when-down", "yes"),
    with_alias(kept_yes_no("cluster-replica-no-failover", "no"), "cluster-slave-no-failover"),
    with_alias(kept_integer("cluster-replica-validity-factor", "10", 0, kInt32Max),
               "cluster-slave-validity-factor"),
    kept_memory("cluster-link-sendbuf-limit", "0"),
    kept_text("cluster-announce-ip"),
    kept_checked("cluster-announce-hostname", "", "host name", check_host_name, to_quoted_line),
    kept_text("cluster-announce-human-nodename"),
    kept_integer("cluster-announce-port", "0", 0, kPortMax),
    kept_integer("cluster-announce-tls-port", "0", 0, kPortMax),
    kept_integer("cluster-announce-bus-port", "0", 0, kPortMax),
    kept_word("cluster-preferred-endpoint-type", "ip", kEndpointTypes),
    kept_text("tls-cert-file"),
    kept_text("tls-key-file"),
    kept_text("tls-key-file-pass", "", kWithoutEffect | kSecret),
    kept_text("tls-client-cert-file"),
    kept_text("tls-client-key-file"),
    kept_text("tls-client-key-file-pass", "", kWithoutEffect | kSecret),
    kept_text("tls-dh-params-file"),
    kept_text("tls-ca-cert-file"),
    kept_text("tls-ca-cert-dir"),
    kept_text("tls-protocols"),
    kept_text("tls-ciphers"),
    kept_text("tls-ciphersuites"),
    kept_word("tls-auth-clients", "yes", kNoYesOptional),
    kept_yes_no("tls-prefer-server-ciphers", "no"),
    kept_yes_no("tls-session-caching", "yes"),
    kept_integer("tls-session-cache-size", "20480", 0, kInt32Max),
    kept_integer("tls-session-cache-timeout", "300", 0, kInt32Max),

    // --- refused unless off
    kept_yes_no("appendonly", "no", kUnsupported),
    kept_integer("tls-port", "0", 0, kPortMax, kUnsupported),
    kept_yes_no("tls-replication", "no", kUnsupported),
    kept_yes_no("tls-cluster", "no", kUnsupported),
    with_alias({.name = "replicaof", .kind = OptionKind::kWords, .flags = kRefusedAtStart}, "slaveof"),
    with_alias(kept_integer("min-replicas-to-write", "0", 0, kInt32Max, kUnsupported), "min-slaves-to-write"),
    kept_yes_no("cluster-enabled", "no", kRefusedAtStart),
    kept_word("enable-module-command", "no", kNoYesLocal, kRefusedAtStart),
    kept_word("enable-protected-configs", "no", kNoYesLocal, kRefusedAtStart),

    // --- lines of redis.conf that are no parameters
    refused_directive("rename-command"),
    refused_directive("loadmodule"),
    forgotten_directive("list-max-ziplist-entries"),
    forgotten_directive("list-max-ziplist-value"),
    forgotten_directive("lua-replicate-commands"),
};

}  // namespace

std::span<const OptionRow> option_rows() {
  return kRows;
}

}  // namespace aerie
