// SPDX-License-Identifier: BSD-3-Clause
//
// Databases as a whole: KEYS, SCAN, RANDOMKEY, DBSIZE, FLUSHDB, FLUSHALL, SWAPDB. What a key's value looks
// like does not matter here. KEYS and SCAN only look: names stay valid until they are written into the reply.
#include <algorithm>
#include <string_view>
#include <vector>

#include "aerie/base/glob.h"
#include "aerie/base/number.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/reply_errors.h"
#include "commands/database_argument.h"
#include "commands/key_specs.h"
#include "commands/rows.h"

namespace aerie {

namespace {

// Which keys KEYS and SCAN show.
struct KeyFilter {
  std::string_view pattern = "*";
  std::string_view type = {};  // lower case; empty: any

  // "*" alone means all keys, the empty name too, which no other pattern with a star matches.
  bool matches(std::string_view name, Type key_type) const {
    if (!type.empty() && type != type_name(key_type)) return false;
    return pattern == "*" || glob_match(pattern, name);
  }
};

void keys_command(CommandContext& ctx) {
  struct Visit {
    KeyFilter filter;
    ReplyWriter& reply;
    size_t count = 0;
  };
  Visit visit{KeyFilter{.pattern = ctx.arg(1)}, ctx.reply()};
  const DeferredReply names = ctx.reply().begin_deferred();
  ctx.db().for_each_key(
      [](void* context, std::string_view name, Type type) {
        Visit& v = *static_cast<Visit*>(context);
        if (!v.filter.matches(name, type)) return;
        v.reply.bulk(name);
        ++v.count;
      },
      &visit);
  ctx.reply().end_deferred_array(names, visit.count);
}

// A cursor as strtoul reads one: a sign is allowed and wraps, an empty text is 0, a blank in front is not.
std::optional<uint64_t> parse_cursor(std::string_view text) {
  if (text.empty()) return 0;
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  const size_t zeros = std::min(text.find_first_not_of('0'), text.size());
  if (text.empty()) return std::nullopt;
  text.remove_prefix(zeros == text.size() ? zeros - 1 : zeros);
  const std::optional<uint64_t> number = parse_uint64(text);
  if (!number) return std::nullopt;
  return negative ? 0 - *number : *number;
}

struct ScanOptions {
  KeyFilter filter;
  size_t count = 10;
  char type_buffer[32];
};

// Type names are compared in lower case; a name that is too long for any type matches none.
void set_type(ScanOptions* options, std::string_view name) {
  if (name.empty() || name.size() > sizeof options->type_buffer) name = "?";
  std::transform(name.begin(), name.end(), options->type_buffer,
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  options->filter.type = {options->type_buffer, name.size()};
}

// Answers the error and returns false when an option is wrong.
bool parse_scan_options(CommandContext& ctx, ScanOptions* options) {
  for (size_t i = 2; i < ctx.argc(); i += 2) {
    const bool has_argument = i + 1 < ctx.argc();
    if (has_argument && ctx.is(i, "COUNT")) {
      const std::optional<int64_t> count = ctx.integer(i + 1);
      if (!count || *count < 1) {
        ctx.reply().error(count ? kSyntaxError : kNotAnInteger);
        return false;
      }
      options->count = static_cast<size_t>(*count);
    } else if (has_argument && ctx.is(i, "MATCH")) {
      options->filter.pattern = ctx.arg(i + 1);
    } else if (has_argument && ctx.is(i, "TYPE")) {
      set_type(options, ctx.arg(i + 1));
    } else {
      ctx.reply().error(kSyntaxError);
      return false;
    }
  }
  return true;
}

void scan_command(CommandContext& ctx) {
  const std::optional<uint64_t> cursor = parse_cursor(ctx.arg(1));
  if (!cursor) return ctx.reply().error(kInvalidCursor);
  ScanOptions options;
  if (!parse_scan_options(ctx, &options)) return;
  struct Visit {
    const KeyFilter& filter;
    std::vector<std::string_view> names;
  };
  Visit visit{options.filter, {}};
  const uint64_t next = ctx.db().scan(
      *cursor, options.count,
      [](void* context, std::string_view name, Type type) {
        Visit& v = *static_cast<Visit*>(context);
        if (v.filter.matches(name, type)) v.names.push_back(name);
      },
      &visit);
  char text[kMaxInt64Chars];
  ctx.reply().array(2);
  ctx.reply().bulk({text, format_uint64(next, text)});
  ctx.reply().array(visit.names.size());
  for (std::string_view name : visit.names) ctx.reply().bulk(name);
}

void randomkey_command(CommandContext& ctx) {
  const std::optional<std::string_view> name = ctx.db().random_key(ctx.engine().random);
  if (name) {
    ctx.reply().bulk(*name);
  } else {
    ctx.reply().null();
  }
}

void dbsize_command(CommandContext& ctx) {
  ctx.reply().integer(static_cast<int64_t>(ctx.db().size()));
}

// SYNC and ASYNC are both understood and mean the same: memory is always given back later, in slices.
bool accepts_flush_mode(CommandContext& ctx) {
  if (ctx.argc() == 1 || (ctx.argc() == 2 && (ctx.is(1, "SYNC") || ctx.is(1, "ASYNC")))) return true;
  ctx.reply().error(kSyntaxError);
  return false;
}

// Of what clients have cached nothing is valid any more; that it may be of another database, nobody knows.
void answer_flush(CommandContext& ctx) {
  Executor& executor = ctx.engine().executor;
  executor.invalidator().all_changed(ctx.session());
  ctx.reply().ok();
  executor.tell_publishing_client(ctx.session());
}

void flushdb_command(CommandContext& ctx) {
  if (!accepts_flush_mode(ctx)) return;
  ctx.db().flush();
  answer_flush(ctx);
}

void flushall_command(CommandContext& ctx) {
  if (!accepts_flush_mode(ctx)) return;
  ctx.keyspace().flush_all();
  answer_flush(ctx);
}

void swapdb_command(CommandContext& ctx) {
  const std::optional<int32_t> first = int32_argument(ctx, 1, kInvalidFirstDb);
  if (!first) return;
  const std::optional<int32_t> second = int32_argument(ctx, 2, kInvalidSecondDb);
  if (!second) return;
  const std::optional<uint32_t> a = database_index(ctx, *first);
  if (!a) return;
  const std::optional<uint32_t> b = database_index(ctx, *second);
  if (!b) return;
  if (*a != *b) ctx.keyspace().swap(*a, *b);
  ctx.reply().ok();
}

constexpr std::string_view kFlushHistory =
    "4.0.0: Added the `ASYNC` flushing mode modifier.\n"
    "6.2.0: Added the `SYNC` flushing mode modifier.";

constexpr CommandSpec kRows[] = {
    {.name = "keys",
     .run = keys_command,
     .arity = 2,
     .flags = kReadonly,
     .categories = kKeyspaceCategory | kDangerousCategory,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of keys in the database.",
     .syntax = "pattern",
     .summary = "Answers all keys whose name matches a pattern.",
     .tips = "request_policy:all_shards nondeterministic_output_order"},
    {.name = "scan",
     .run = scan_command,
     .arity = -2,
     .flags = kReadonly,
     .categories = kKeyspaceCategory,
     .since = "2.8.0",
     .complexity = "O(1) for every call, O(N) for a whole iteration over N keys.",
     .syntax = "cursor [MATCH pattern] [COUNT count] [TYPE type]",
     .summary = "Walks over the keys of the database step by step.",
     .history = "6.0.0: Added the `TYPE` subcommand.",
     .tips = "nondeterministic_output request_policy:special"},
    {.name = "randomkey",
     .run = randomkey_command,
     .arity = 1,
     .flags = kReadonly,
     .categories = kKeyspaceCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the name of some key.",
     .tips = "request_policy:all_shards nondeterministic_output"},
    {.name = "dbsize",
     .run = dbsize_command,
     .arity = 1,
     .flags = kReadonly | kFast,
     .group = CommandGroup::kServer,
     .categories = kKeyspaceCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers the number of keys in the database.",
     .tips = "request_policy:all_shards response_policy:agg_sum"},
    {.name = "flushdb",
     .run = flushdb_command,
     .arity = -1,
     .flags = kWrite,
     .group = CommandGroup::kServer,
     .categories = kKeyspaceCategory | kDangerousCategory,
     .since = "1.0.0",
     .complexity = "O(1); the memory of N keys is given back later, in slices.",
     .syntax = "[flush-type: ASYNC | SYNC]",
     .summary = "Removes all keys of the database.",
     .history = kFlushHistory,
     .tips = kAllShardsSucceeded},
    {.name = "flushall",
     .run = flushall_command,
     .arity = -1,
     .flags = kWrite,
     .group = CommandGroup::kServer,
     .categories = kKeyspaceCategory | kDangerousCategory,
     .since = "1.0.0",
     .complexity = "O(1); the memory of N keys is given back later, in slices.",
     .syntax = "[flush-type: ASYNC | SYNC]",
     .summary = "Removes all keys of all databases.",
     .history = kFlushHistory,
     .tips = kAllShardsSucceeded},
    {.name = "swapdb",
     .run = swapdb_command,
     .arity = 3,
     .flags = kWrite | kFast,
     .group = CommandGroup::kServer,
     .categories = kKeyspaceCategory | kDangerousCategory,
     .since = "4.0.0",
     .complexity = "O(N) where N is the number of watches on keys of the two databases.",
     .syntax = "index1 index2",
     .summary = "Exchanges the contents of two databases."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> key_scan_rows() {
  return kRows;
}

}  // namespace aerie
