// SPDX-License-Identifier: BSD-3-Clause
//
// DEBUG, for tests and operators: the executor lets it run only as enable-debug-command says. Like the
// original it checks its arguments itself. DEBUG SLEEP and DEBUG POPULATE hold up every client for as long as
// they take; that is what the first is for, and the second costs about a microsecond for each key.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "aerie/base/glob.h"
#include "aerie/base/log.h"
#include "aerie/base/number.h"
#include "aerie/base/quoted_words.h"
#include "aerie/base/random.h"
#include "aerie/base/sys.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/reply_errors.h"
#include "commands/help_reply.h"
#include "commands/info_writer.h"
#include "commands/rows.h"

namespace aerie {

namespace {

constexpr int64_t kMaxMatchedLength = 100'000'000;

// A signal ends it. What is no length of time is none, as in Redis: text, "inf", and what is beyond its
// clock.
void debug_sleep(CommandContext& ctx) {
  constexpr double kLongestSeconds = 1e9;
  const double seconds = parse_double(ctx.arg(2)).value_or(0);
  if (seconds > 0 && seconds <= kLongestSeconds) sys::sleep_us(static_cast<int64_t>(seconds * 1e6));
  ctx.reply().ok();
}

// The length of the value in a snapshot file, without compression: how Redis tells it.
size_t serialized_length(const StringValue& value) {
  if (const std::optional<int64_t> integer = value.integer()) {
    if (*integer >= INT8_MIN && *integer <= INT8_MAX) return 2;
    if (*integer >= INT16_MIN && *integer <= INT16_MAX) return 3;
    if (*integer >= INT32_MIN && *integer <= INT32_MAX) return 5;
    return 1 + int64_length(*integer);
  }
  const size_t size = value.size();
  const size_t head = size < 64 ? 1 : size < 16384 ? 2 : size <= UINT32_MAX ? 5 : 9;
  return head + size;
}

// Of a list: nodes of one listpack each, which here are as large as all elements together.
size_t serialized_length(const ListValue& value) {
  const uint64_t bytes = value.element_bytes() + 7;
  const size_t head = bytes < 64 ? 1 : bytes < 16384 ? 2 : 5;
  return 3 + head + bytes;
}

// What Redis tells beyond that of a quicklist. Nothing is ever compressed here.
std::string quicklist_fields(const ListValue& value, int64_t max_listpack_size) {
  constexpr int64_t kLeastFill = -5;
  constexpr int64_t kMostFill = INT16_MAX;
  const ListValue::Nodes nodes = value.nodes();
  char average[32];
  std::snprintf(average, sizeof average, "%.2f",
                static_cast<double>(value.size()) / static_cast<double>(nodes.count));
  std::string text = " ql_nodes:" + std::to_string(nodes.count);
  text.append(" ql_avg_node:").append(average);
  const int64_t fill = std::clamp(max_listpack_size, kLeastFill, kMostFill);
  text.append(" ql_listpack_max:").append(std::to_string(fill)).append(" ql_compressed:0");
  return text.append(" ql_uncompressed_size:").append(std::to_string(nodes.bytes));
}

void debug_object(CommandContext& ctx) {
  const std::optional<KeyFacts> facts = ctx.db().facts(ctx.key(2), Access::kPeek);
  if (!facts) return ctx.reply().error(kNoSuchKey);
  size_t length = 0;
  std::string more;
  switch (facts->type) {
    case Type::kString:
      length = serialized_length(*ctx.db().find<StringValue>(ctx.key(2), Access::kPeek));
      break;
    case Type::kList: {
      const ListValue list = *ctx.db().find<ListValue>(ctx.key(2), Access::kPeek);
      length = serialized_length(list);
      if (facts->encoding == Encoding::kQuicklist)
        more = quicklist_fields(list, ctx.engine().settings().list_max_listpack_size);
      break;
    }
  }
  constexpr int64_t kLruClockMask = (1 << 24) - 1;
  const int64_t used_at_s = ctx.now_ms() / 1000 - facts->idle_seconds;
  std::string text = "Value at:0x0 refcount:1 encoding:";
  text.append(encoding_name(facts->encoding)).append(" serializedlength:").append(std::to_string(length));
  text.append(" lru:").append(std::to_string(used_at_s & kLruClockMask));
  text.append(" lru_seconds_idle:").append(std::to_string(facts->idle_seconds));
  ctx.reply().simple(text.append(more));
}

void debug_set_active_expire(CommandContext& ctx) {
  ctx.keyspace().set_active_expire(ctx.integer(2).value_or(0) != 0);
  ctx.reply().ok();
}

// DEBUG POPULATE count [prefix] [size]: keys "prefix:0" ..., which stay as they are when they exist.
void debug_populate(CommandContext& ctx) {
  const auto positive = [&](size_t index) {
    const std::optional<int64_t> number = ctx.integer(index);
    return number && *number >= 0 ? number : std::nullopt;
  };
  const std::optional<int64_t> count = positive(2);
  const std::optional<int64_t> size = ctx.argc() == 5 ? positive(4) : std::optional<int64_t>(0);
  if (!count || !size) return ctx.reply().error(kMustBePositive);
  if (static_cast<uint64_t>(*size) > ctx.engine().settings().proto_max_bulk_len) {
    return ctx.reply().error(kStringTooLong);
  }
  const std::string prefix(ctx.argc() > 3 ? ctx.arg(3) : "key");
  for (int64_t i = 0; i < *count; ++i) {
    const std::string name = prefix + ":" + std::to_string(i);
    const Key key = ctx.keyspace().key(name);
    if (ctx.db().exists(key, Access::kPeek)) continue;
    std::string value = "value:" + std::to_string(i);
    if (*size > 0) value.resize(static_cast<size_t>(*size));
    ctx.db().set_string(key, StringSource(std::string_view(value)));
  }
  ctx.reply().ok();
}

// One reply of a type, for tests of clients.
void debug_protocol(CommandContext& ctx) {
  ReplyWriter& reply = ctx.reply();
  const auto three = [&reply](int64_t first) {
    for (int64_t i = 0; i < 3; ++i) reply.integer(first + i);
  };
  if (ctx.is(2, "STRING")) return reply.bulk("Hello World");
  if (ctx.is(2, "INTEGER")) return reply.integer(12345);
  if (ctx.is(2, "DOUBLE")) return reply.real(3.141);
  if (ctx.is(2, "NULL")) return reply.null();
  if (ctx.is(2, "ARRAY")) return reply.array(3), three(0);
  if (ctx.is(2, "SET")) return reply.set(3), three(0);
  if (ctx.is(2, "TRUE")) return reply.boolean(true);
  if (ctx.is(2, "FALSE")) return reply.boolean(false);
  if (ctx.is(2, "VERBATIM")) return reply.verbatim("txt", "This is a verbatim\nstring");
  if (ctx.is(2, "BIGNUM")) return reply.big_number("1234567999999999999999999999999999999");
  if (ctx.is(2, "MAP")) {
    reply.map(3);
    for (int64_t i = 0; i < 3; ++i) reply.integer(i), reply.boolean(i == 1);
    return;
  }
  if (ctx.is(2, "ATTRIB")) {
    if (reply.resp3()) {
      reply.attribute(1);
      reply.bulk("key-popularity");
      reply.array(2);
      reply.bulk("key:123");
      reply.integer(90);
    }
    return reply.bulk("Some real reply following the attribute");
  }
  if (!ctx.is(2, "PUSH")) return reply.error(kWrongProtocolType);
  if (!reply.resp3()) return reply.error(kPushNeedsResp3);
  reply.push(2);
  reply.bulk("server-cpu-usage");
  reply.integer(42);
  reply.bulk("Some real reply following the push reply");
}

void debug_log(CommandContext& ctx) {
  std::string quoted;
  append_quoted(ctx.arg(2).substr(0, 1024), &quoted);
  log_warning("DEBUG LOG: %s", quoted.c_str());
  ctx.reply().ok();
}

void debug_change_repl_id(CommandContext& ctx) {
  ctx.engine().facts.run_id = random_id();
  ctx.reply().ok();
}

// How full the table of a database is; deadlines are on a timing wheel.
void debug_htstats(CommandContext& ctx) {
  const std::optional<int64_t> index = ctx.integer(2);
  if (!index) return ctx.reply().error(kNotAnInteger);
  if (*index < 0 || *index >= ctx.keyspace().database_count()) return ctx.reply().error(kOutOfRangeDatabase);
  const Database& db = ctx.keyspace().db(static_cast<uint32_t>(*index));
  InfoWriter out;
  out.section("Keys");
  out.number("keys", db.size());
  out.number("keys_with_deadline", db.deadline_count());
  out.section("All databases");
  const KeyspaceMemory memory = ctx.keyspace().memory();
  out.number("tables_bytes", memory.tables);
  out.number("expiry_bytes", memory.expiry);
  ctx.reply().verbatim("txt", out.text());
}

// Settings of parts that do not exist here: nothing to set.
void debug_accept(CommandContext& ctx) {
  ctx.reply().ok();
}

void debug_packed_threshold(CommandContext& ctx) {
  constexpr uint64_t kLimit = uint64_t{4} << 30;
  const std::optional<uint64_t> bytes = parse_memory_size(ctx.arg(2));
  if (!bytes || *bytes >= kLimit) return ctx.reply().error(kPackedThreshold);
  ctx.reply().ok();
}

// Matches a text of so many "a" with the pattern: to measure the matcher.
void debug_stringmatch_len(CommandContext& ctx) {
  const std::optional<int64_t> length = ctx.integer(2);
  if (!length || *length < 0 || *length > kMaxMatchedLength) return ctx.reply().error(kNotAnInteger);
  glob_match(ctx.arg(3), std::string(static_cast<size_t>(*length), 'a'));
  ctx.reply().ok();
}

void debug_refuse_persistence(CommandContext& ctx) {
  ctx.reply().error(kNoPersistence);
}

void debug_help(CommandContext& ctx) {
  static constexpr std::string_view kLines[] = {
      "CHANGE-REPL-ID",
      "    Give the server a new id, as INFO shows it.",
      "HTSTATS <dbid>",
      "    Show figures of the table of a database.",
      "LOADAOF",
      "    Answers an error: nothing is stored on disk yet.",
      "LOG <message>",
      "    Write <message> to the log of the server.",
      "OBJECT <key>",
      "    Show internals of the value stored under <key>.",
      "POPULATE <count> [<prefix>] [<size>]",
      "    Create <count> string keys named <prefix>:<number> (default prefix: key), with values of <size> "
      "bytes.",
      "PROTOCOL <type>",
      "    Answer a value of the type: string, integer, double, bignum, null, array, set, map, attrib, push, "
      "verbatim, true or false.",
      "QUICKLIST-PACKED-THRESHOLD <size>, REPLYBUFFER <what> <value>",
      "    Accepted without effect: lists and replies are kept otherwise.",
      "RELOAD [<option> ...]",
      "    Answers an error: nothing is stored on disk yet.",
      "SET-ACTIVE-EXPIRE (0|1)",
      "    Let keys expire by themselves (1), or only when somebody asks for them (0).",
      "SLEEP <seconds>",
      "    Stop the server for that long. Decimals are allowed.",
      "STRINGMATCH-LEN <length> <pattern>",
      "    Match a text of that length with a pattern.",
  };
  reply_help(ctx, kLines);
}

struct Verb {
  std::string_view name;  // upper case
  size_t least_argc;
  size_t most_argc;
  CommandFunction run;
};

constexpr Verb kVerbs[] = {
    {"CHANGE-REPL-ID", 2, 2, debug_change_repl_id},
    {"HELP", 2, 2, debug_help},
    {"HTSTATS", 3, 3, debug_htstats},
    {"LOADAOF", 2, 2, debug_refuse_persistence},
    {"LOG", 3, 3, debug_log},
    {"OBJECT", 3, 3, debug_object},
    {"POPULATE", 3, 5, debug_populate},
    {"PROTOCOL", 3, 3, debug_protocol},
    {"QUICKLIST-PACKED-THRESHOLD", 3, 3, debug_packed_threshold},
    {"RELOAD", 2, SIZE_MAX, debug_refuse_persistence},
    {"REPLYBUFFER", 4, 4, debug_accept},
    {"SET-ACTIVE-EXPIRE", 3, 3, debug_set_active_expire},
    {"SLEEP", 3, 3, debug_sleep},
    {"STRINGMATCH-LEN", 4, 4, debug_stringmatch_len},
};

void debug_command(CommandContext& ctx) {
  for (const Verb& verb : kVerbs) {
    if (ctx.is(1, verb.name) && ctx.argc() >= verb.least_argc && ctx.argc() <= verb.most_argc)
      return verb.run(ctx);
  }
  ctx.reply().error(unknown_subcommand_or_arguments("DEBUG", ctx.arg(1)));
}

constexpr CommandSpec kRows[] = {
    {.name = "debug",
     .run = debug_command,
     .arity = -2,
     .flags = kAdmin | kNoScript | kLoading | kStale | kProtected,
     .group = CommandGroup::kServer,
     .since = "1.0.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Looks into the server and disturbs it, for tests."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> debug_rows() {
  return kRows;
}

}  // namespace aerie
