// SPDX-License-Identifier: BSD-3-Clause
//
// Parts of strings: STRLEN, APPEND, GETRANGE (and its old name SUBSTR), SETRANGE. Offsets and lengths come
// from clients: they are judged before anything is allocated, and no string grows beyond proto-max-bulk-len.
#include <algorithm>

#include "aerie/base/checked.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/reply_errors.h"
#include "commands/key_specs.h"
#include "commands/rows.h"

namespace aerie {

namespace {

// Whether a string of `size` bytes may grow by `more`; answers the error when not.
bool may_grow(CommandContext& ctx, uint64_t size, uint64_t more) {
  const std::optional<uint64_t> total = checked_add(size, more);
  if (total && *total <= ctx.engine().settings().proto_max_bulk_len) return true;
  ctx.reply().error(kStringTooLong);
  return false;
}

void strlen_command(CommandContext& ctx) {
  const Lookup<StringValue> found = ctx.db().find<StringValue>(ctx.key(1));
  if (found.is_wrong_type()) return ctx.reply().error(kWrongType);
  ctx.reply().integer(found ? static_cast<int64_t>(found->size()) : 0);
}

void append_command(CommandContext& ctx) {
  const Key key = ctx.key(1);
  const std::string_view bytes = ctx.arg(2);
  {
    StringEdit edit = ctx.db().edit_string(key);
    if (edit.is_wrong_type()) return ctx.reply().error(kWrongType);
    if (edit.exists()) {
      if (!may_grow(ctx, edit.value().size(), bytes.size())) return;
      const size_t size = edit.append(bytes);
      edit.changed("append");
      return ctx.reply().integer(static_cast<int64_t>(size));
    }
  }
  // A new string is stored as SET stores one, in its most compact form.
  ctx.db().set_string(key, ctx.value(2), Deadline::kClear, kNoDeadline, "append");
  ctx.reply().integer(static_cast<int64_t>(bytes.size()));
}

// The bytes from `start` to `end`, both included and both counted from the end when negative.
std::string_view slice(std::string_view bytes, int64_t start, int64_t end) {
  const int64_t size = static_cast<int64_t>(bytes.size());
  if (start < 0 && end < 0 && start > end) return {};
  if (start < 0) start = std::max<int64_t>(size + start, 0);
  if (end < 0) end = std::max<int64_t>(size + end, 0);
  end = std::min(end, size - 1);
  if (start > end) return {};
  return bytes.substr(static_cast<size_t>(start), static_cast<size_t>(end - start) + 1);
}

void getrange_command(CommandContext& ctx) {
  const std::optional<int64_t> start = ctx.integer(2);
  const std::optional<int64_t> end = ctx.integer(3);
  if (!start || !end) return ctx.reply().error(kNotAnInteger);
  const Lookup<StringValue> found = ctx.db().find<StringValue>(ctx.key(1));
  if (found.is_wrong_type()) return ctx.reply().error(kWrongType);
  NumberText scratch;
  ctx.reply().bulk(found ? slice(found->bytes(&scratch), *start, *end) : std::string_view());
}

void setrange_command(CommandContext& ctx) {
  const std::optional<int64_t> offset = ctx.integer(2);
  if (!offset) return ctx.reply().error(kNotAnInteger);
  if (*offset < 0) return ctx.reply().error(kOffsetOutOfRange);
  const std::string_view bytes = ctx.arg(3);
  StringEdit edit = ctx.db().edit_string(ctx.key(1));
  if (edit.is_wrong_type()) return ctx.reply().error(kWrongType);
  // Writing nothing changes nothing: no padding, no key, no event.
  if (bytes.empty())
    return ctx.reply().integer(edit.exists() ? static_cast<int64_t>(edit.value().size()) : 0);
  if (!may_grow(ctx, static_cast<uint64_t>(*offset), bytes.size())) return;
  const size_t size = edit.write_at(static_cast<size_t>(*offset), bytes);
  edit.changed("setrange");
  ctx.reply().integer(static_cast<int64_t>(size));
}

constexpr CommandSpec kRows[] = {
    {.name = "append",
     .run = append_command,
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .key_specs = kRwInsertFirst,
     .group = CommandGroup::kString,
     .since = "2.0.0",
     .complexity = "O(1) amortized: the room of a growing string doubles.",
     .syntax = "key value",
     .summary = "Appends to the string stored under a key and answers its new length."},
    {.name = "strlen",
     .run = strlen_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .key_specs = kRoFirst,
     .group = CommandGroup::kString,
     .since = "2.2.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the length of the string stored under a key."},
    {.name = "getrange",
     .run = getrange_command,
     .arity = 4,
     .flags = kReadonly,
     .key_specs = kRoAccessFirst,
     .group = CommandGroup::kString,
     .since = "2.4.0",
     .complexity = "O(N) where N is the number of bytes answered.",
     .syntax = "key start end",
     .summary = "Answers a part of the string stored under a key; negative offsets count from its end."},
    {.name = "substr",
     .run = getrange_command,
     .arity = 4,
     .flags = kReadonly,
     .key_specs = kRoAccessFirst,
     .group = CommandGroup::kString,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of bytes answered.",
     .syntax = "key start end",
     .summary = "The old name of GETRANGE.",
     .deprecated_since = "2.0.0",
     .replaced_by = "`GETRANGE`"},
    {.name = "setrange",
     .run = setrange_command,
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .key_specs = kRwUpdateFirst,
     .group = CommandGroup::kString,
     .since = "2.2.0",
     .complexity = "O(M) where M is the number of bytes written; padding counts too.",
     .syntax = "key offset value",
     .summary = "Overwrites a part of a string from an offset on, padding with zero bytes up to it."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> string_range_rows() {
  return kRows;
}

}  // namespace aerie
