// SPDX-License-Identifier: BSD-3-Clause
//
// Elements of lists by place or by value: LRANGE, LINDEX, LSET, LINSERT, LTRIM, LREM, LPOS. Indexes come from
// clients and count from the end when negative: they are brought into the list before anything is looked for.
#include <algorithm>
#include <limits>

#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"
#include "commands/key_specs.h"
#include "commands/list_popping.h"
#include "commands/rows.h"

namespace aerie {

namespace {

constexpr int64_t kLongMax = std::numeric_limits<int64_t>::max();

// A part of a list.
struct Slice {
  uint64_t start = 0;
  uint64_t count = 0;
};

// The part from `start` to `end`, both included and both counted from the end when negative.
Slice slice(uint64_t list_size, int64_t start, int64_t end) {
  const auto size = static_cast<int64_t>(list_size);
  if (start < 0) start = std::max<int64_t>(size + start, 0);
  if (end < 0) end = size + end;
  end = std::min(end, size - 1);
  if (start > end) return {};
  return {static_cast<uint64_t>(start), static_cast<uint64_t>(end - start) + 1};
}

// The index of an element, counted from the end when negative; nothing when there is no such element.
std::optional<uint64_t> element_index(uint64_t size, int64_t index) {
  if (index < 0) index += static_cast<int64_t>(size);
  if (index < 0 || static_cast<uint64_t>(index) >= size) return std::nullopt;
  return static_cast<uint64_t>(index);
}

void lrange_command(CommandContext& ctx) {
  const std::optional<int64_t> start = ctx.integer(2);
  const std::optional<int64_t> end = ctx.integer(3);
  if (!start || !end) return ctx.reply().error(kNotAnInteger);
  const Lookup<ListValue> found = ctx.db().find<ListValue>(ctx.key(1));
  if (found.is_wrong_type()) return ctx.reply().error(kWrongType);
  if (!found) return ctx.reply().array(0);
  const Slice wanted = slice(found->size(), *start, *end);
  ReplyWriter& reply = ctx.reply();
  reply.array(wanted.count);
  if (wanted.count == 0) return;
  found->walk(wanted.start).visit(wanted.count, [&reply](ListpackElement element) {
    reply_element(reply, element);
  });
}

void lindex_command(CommandContext& ctx) {
  const Lookup<ListValue> found = ctx.db().find<ListValue>(ctx.key(1));
  if (found.is_wrong_type()) return ctx.reply().error(kWrongType);
  if (!found) return ctx.reply().null();
  const std::optional<int64_t> index = ctx.integer(2);
  if (!index) return ctx.reply().error(kNotAnInteger);
  const std::optional<uint64_t> place = element_index(found->size(), *index);
  if (!place) return ctx.reply().null();
  ListpackElement element;
  found->walk(*place).next(&element);
  reply_element(ctx.reply(), element);
}

void lset_command(CommandContext& ctx) {
  ListEdit edit = ctx.db().edit_list(ctx.key(1));
  if (!edit.exists()) return ctx.reply().error(kNoSuchKey);
  if (edit.is_wrong_type()) return ctx.reply().error(kWrongType);
  const std::optional<int64_t> index = ctx.integer(2);
  if (!index) return ctx.reply().error(kNotAnInteger);
  const std::optional<uint64_t> place = element_index(edit.size(), *index);
  if (!place) return ctx.reply().error(kIndexOutOfRange);
  edit.replace(*place, ctx.value(3));
  edit.changed("lset", KeyEffect::kShrank);
  ctx.reply().ok();
}

void linsert_command(CommandContext& ctx) {
  const bool before = ctx.is(2, "BEFORE");
  if (!before && !ctx.is(2, "AFTER")) return ctx.reply().error(kSyntaxError);
  ListEdit edit = ctx.db().edit_list(ctx.key(1));
  if (!edit.exists()) return ctx.reply().integer(0);
  if (edit.is_wrong_type()) return ctx.reply().error(kWrongType);
  const ListEdit::Side side = before ? ListEdit::Side::kBefore : ListEdit::Side::kAfter;
  if (!edit.insert(side, ctx.arg(3), ctx.value(4))) return ctx.reply().integer(-1);
  edit.changed("linsert", KeyEffect::kGrew);
  ctx.reply().integer(static_cast<int64_t>(edit.size()));
}

void ltrim_command(CommandContext& ctx) {
  const std::optional<int64_t> start = ctx.integer(2);
  const std::optional<int64_t> end = ctx.integer(3);
  if (!start || !end) return ctx.reply().error(kNotAnInteger);
  ListEdit edit = ctx.db().edit_list(ctx.key(1));
  if (!edit.exists()) return ctx.reply().ok();
  if (edit.is_wrong_type()) return ctx.reply().error(kWrongType);
  const Slice kept = slice(edit.size(), *start, *end);
  edit.trim(kept.start, kept.count);
  // Announced also when everything is kept, as Redis does.
  edit.changed("ltrim", KeyEffect::kShrank);
  ctx.reply().ok();
}

void lrem_command(CommandContext& ctx) {
  const std::optional<int64_t> count = ctx.integer(2);
  if (!count) return ctx.reply().error(kNotAnInteger);
  ListEdit edit = ctx.db().edit_list(ctx.key(1));
  if (!edit.exists()) return ctx.reply().integer(0);
  if (edit.is_wrong_type()) return ctx.reply().error(kWrongType);
  // The negation is meant modulo 2^64: the least integer has no positive counterpart of its own type.
  uint64_t limit = *count < 0 ? -static_cast<uint64_t>(*count) : static_cast<uint64_t>(*count);
  if (limit == 0) limit = std::numeric_limits<uint64_t>::max();
  const uint64_t removed =
      edit.erase_matching(ctx.arg(3), *count < 0 ? ListEnd::kBack : ListEnd::kFront, limit);
  if (removed > 0) edit.changed("lrem", KeyEffect::kShrank);
  ctx.reply().integer(static_cast<int64_t>(removed));
}

struct LposOptions {
  ListEnd from = ListEnd::kFront;
  uint64_t rank = 1;                                       // the first match that counts
  std::optional<uint64_t> count;                           // matches wanted, 0: all; unset: the reply is one
  uint64_t maxlen = std::numeric_limits<uint64_t>::max();  // elements to look at
};

// REQUIRES: index is that of an argument.
std::optional<uint64_t> not_negative(CommandContext& ctx, size_t index, std::string_view error) {
  const std::optional<int64_t> number = ctx.integer(index);
  if (number && *number >= 0) return static_cast<uint64_t>(*number);
  ctx.reply().error(error);
  return std::nullopt;
}

bool parse_rank(CommandContext& ctx, size_t index, LposOptions* options) {
  const std::optional<int64_t> rank = ctx.integer(index);
  if (!rank) {
    ctx.reply().error(kNotAnInteger);
  } else if (*rank < -kLongMax) {
    ctx.reply().error(integer_must_be_between(-kLongMax, kLongMax));
  } else if (*rank == 0) {
    ctx.reply().error(kRankIsZero);
  } else {
    options->from = *rank < 0 ? ListEnd::kBack : ListEnd::kFront;
    options->rank = static_cast<uint64_t>(*rank < 0 ? -*rank : *rank);
    return true;
  }
  return false;
}

// Options may repeat; the last one counts.
std::optional<LposOptions> parse_lpos_options(CommandContext& ctx) {
  LposOptions options;
  for (size_t i = 3; i < ctx.argc(); i += 2) {
    const bool has_argument = i + 1 < ctx.argc();
    if (has_argument && ctx.is(i, "RANK")) {
      if (!parse_rank(ctx, i + 1, &options)) return std::nullopt;
    } else if (has_argument && ctx.is(i, "COUNT")) {
      options.count = not_negative(ctx, i + 1, kCountNegative);
      if (!options.count) return std::nullopt;
    } else if (has_argument && ctx.is(i, "MAXLEN")) {
      const std::optional<uint64_t> maxlen = not_negative(ctx, i + 1, kMaxlenNegative);
      if (!maxlen) return std::nullopt;
      options.maxlen = *maxlen == 0 ? std::numeric_limits<uint64_t>::max() : *maxlen;
    } else {
      ctx.reply().error(kSyntaxError);
      return std::nullopt;
    }
  }
  return options;
}

// Calls visit(index) for the matches that count, as many as are wanted.
template <typename Visit>
void for_each_match(const ListValue& list, std::string_view text, const LposOptions& options, Visit visit) {
  const uint64_t size = list.size();
  const bool front = options.from == ListEnd::kFront;
  const ListpackItem item(text);
  uint64_t wanted = options.count.value_or(1);
  if (wanted == 0) wanted = size;
  ListWalk walk = list.walk(front ? 0 : size - 1, front ? ListEnd::kBack : ListEnd::kFront);
  ListpackElement element;
  uint64_t matches = 0;
  for (uint64_t i = 0; i < options.maxlen && wanted > 0 && walk.next(&element); ++i) {
    if (!item.matches(element) || ++matches < options.rank) continue;
    visit(static_cast<int64_t>(front ? i : size - 1 - i));
    --wanted;
  }
}

void lpos_command(CommandContext& ctx) {
  const std::optional<LposOptions> options = parse_lpos_options(ctx);
  if (!options) return;
  const Lookup<ListValue> found = ctx.db().find<ListValue>(ctx.key(1));
  if (found.is_wrong_type()) return ctx.reply().error(kWrongType);
  if (options->count) {
    if (!found) return ctx.reply().array(0);
    const DeferredReply matches = ctx.reply().begin_deferred();
    size_t count = 0;
    for_each_match(*found, ctx.arg(2), *options, [&](int64_t index) {
      ctx.reply().integer(index);
      ++count;
    });
    return ctx.reply().end_deferred_array(matches, count);
  }
  std::optional<int64_t> match;
  if (found) for_each_match(*found, ctx.arg(2), *options, [&](int64_t index) { match = index; });
  match ? ctx.reply().integer(*match) : ctx.reply().null();
}

constexpr KeySpec kRwDeleteFirst[] = {{.flags = kKeyRw | kKeyDelete, .begin = 1}};

constexpr CommandSpec kRows[] = {
    {.name = "lrange",
     .run = lrange_command,
     .arity = 4,
     .flags = kReadonly,
     .key_specs = kRoAccessFirst,
     .group = CommandGroup::kList,
     .since = "1.0.0",
     .complexity = "O(S+N) where S is the number of chunks between the nearer end and the first element, and "
                   "N the number of elements answered.",
     .syntax = "key start stop",
     .summary = "Answers a part of a list; negative indexes count from its end."},
    {.name = "lindex",
     .run = lindex_command,
     .arity = 3,
     .flags = kReadonly,
     .key_specs = kRoAccessFirst,
     .group = CommandGroup::kList,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of chunks between the nearer end and the element.",
     .syntax = "key index",
     .summary = "Answers one element of a list by its index, which counts from the end when negative."},
    {.name = "lset",
     .run = lset_command,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .key_specs = kRwUpdateFirst,
     .group = CommandGroup::kList,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of chunks between the nearer end and the element.",
     .syntax = "key index element",
     .summary = "Replaces one element of a list by its index."},
    {.name = "linsert",
     .run = linsert_command,
     .arity = 5,
     .flags = kWrite | kDenyOom,
     .key_specs = kRwInsertFirst,
     .group = CommandGroup::kList,
     .since = "2.2.0",
     .complexity = "O(N) where N is the number of elements in front of the pivot.",
     .syntax = "key <where: BEFORE | AFTER> pivot element",
     .summary = "Puts an element beside the first one that equals the pivot."},
    {.name = "ltrim",
     .run = ltrim_command,
     .arity = 4,
     .flags = kWrite,
     .key_specs = kRwDeleteFirst,
     .group = CommandGroup::kList,
     .since = "1.0.0",
     .complexity =
         "O(N) where N is the number of chunks removed or kept, whichever are fewer; memory is freed later.",
     .syntax = "key start stop",
     .summary = "Keeps a part of a list and removes everything else."},
    {.name = "lrem",
     .run = lrem_command,
     .arity = 4,
     .flags = kWrite,
     .key_specs = kRwDeleteFirst,
     .group = CommandGroup::kList,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of elements looked at.",
     .syntax = "key count element",
     .summary =
         "Removes the elements that equal a value: all, or so many from the front, or from the back when "
         "the count is negative."},
    {.name = "lpos",
     .run = lpos_command,
     .arity = -3,
     .flags = kReadonly,
     .key_specs = kRoAccessFirst,
     .group = CommandGroup::kList,
     .since = "6.0.6",
     .complexity = "O(N) where N is the number of elements looked at, at most MAXLEN.",
     .syntax = "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
     .summary = "Answers the indexes of the elements that equal a value, from either end."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> list_range_rows() {
  return kRows;
}

}  // namespace aerie
