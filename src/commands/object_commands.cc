// SPDX-License-Identifier: BSD-3-Clause
//
// OBJECT: how a value is kept and when it was last used. Looking leaves no trace. Encodings are Redis' public
// names, and the count of references is what Redis would say: small integers are shared there, and tools know
// that number.
#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"
#include "commands/help_reply.h"
#include "commands/key_specs.h"
#include "commands/rows.h"

namespace aerie {

namespace {

// Integers below this are shared objects in Redis, whose count of references reads kSharedReferences.
constexpr int64_t kSharedIntegers = 10000;
constexpr int64_t kSharedReferences = 2147483647;

// The facts of the key at argument 2; answers null when there is none.
std::optional<KeyFacts> find_facts(CommandContext& ctx) {
  std::optional<KeyFacts> facts = ctx.db().facts(ctx.key(2), Access::kDescribe);
  if (!facts) ctx.reply().null();
  return facts;
}

void object_encoding_command(CommandContext& ctx) {
  const std::optional<KeyFacts> facts = find_facts(ctx);
  if (facts) ctx.reply().bulk(encoding_name(facts->encoding));
}

void object_refcount_command(CommandContext& ctx) {
  if (!find_facts(ctx)) return;
  const Lookup<StringValue> found = ctx.db().find<StringValue>(ctx.key(2), Access::kPeek);
  const std::optional<int64_t> integer = found ? found->integer() : std::nullopt;
  const bool shared = integer && *integer >= 0 && *integer < kSharedIntegers;
  ctx.reply().integer(shared ? kSharedReferences : 1);
}

void object_idletime_command(CommandContext& ctx) {
  const std::optional<KeyFacts> facts = find_facts(ctx);
  if (!facts) return;
  if (ctx.keyspace().access_policy() == AccessPolicy::kLfu) return ctx.reply().error(kLfuSelected);
  ctx.reply().integer(facts->idle_seconds);
}

void object_freq_command(CommandContext& ctx) {
  const std::optional<KeyFacts> facts = find_facts(ctx);
  if (!facts) return;
  if (ctx.keyspace().access_policy() != AccessPolicy::kLfu) return ctx.reply().error(kLfuNotSelected);
  ctx.reply().integer(facts->access_frequency);
}

void object_help_command(CommandContext& ctx) {
  static constexpr std::string_view kLines[] = {
      "ENCODING <key>", "    Show the kind of representation in which the value is kept.",
      "FREQ <key>",     "    Show how often the key is used, on a logarithmic scale (LFU policies only).",
      "IDLETIME <key>", "    Show for how many seconds the key was not used (LRU policies only).",
      "REFCOUNT <key>", "    Show the number of references to the value.",
  };
  reply_help(ctx, kLines);
}

constexpr CommandSpec kSubcommands[] = {
    {.name = "encoding",
     .run = object_encoding_command,
     .arity = 3,
     .flags = kReadonly,
     .key_specs = kRoSecond,
     .categories = kKeyspaceCategory,
     .since = "2.2.3",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the kind of representation in which a value is kept.",
     .tips = "nondeterministic_output"},
    {.name = "freq",
     .run = object_freq_command,
     .arity = 3,
     .flags = kReadonly,
     .key_specs = kRoSecond,
     .categories = kKeyspaceCategory,
     .since = "4.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers how often a key is used, on a logarithmic scale.",
     .tips = "nondeterministic_output"},
    {.name = "help",
     .run = object_help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .categories = kKeyspaceCategory,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Lists the subcommands."},
    {.name = "idletime",
     .run = object_idletime_command,
     .arity = 3,
     .flags = kReadonly,
     .key_specs = kRoSecond,
     .categories = kKeyspaceCategory,
     .since = "2.2.3",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers for how many seconds a key was not used.",
     .tips = "nondeterministic_output"},
    {.name = "refcount",
     .run = object_refcount_command,
     .arity = 3,
     .flags = kReadonly,
     .key_specs = kRoSecond,
     .categories = kKeyspaceCategory,
     .since = "2.2.3",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the number of references to a value.",
     .tips = "nondeterministic_output"},
};

constexpr CommandSpec kRows[] = {
    {.name = "object",
     .arity = -2,
     .since = "2.2.3",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Facts about the value stored under a key.",
     .subcommands = kSubcommands},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> object_rows() {
  return kRows;
}

}  // namespace aerie
