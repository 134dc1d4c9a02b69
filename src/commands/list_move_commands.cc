// SPDX-License-Identifier: BSD-3-Clause
//
// Elements that leave one list for another or for the client: LMOVE, its older form RPOPLPUSH, and LMPOP,
// which takes from the first of several lists. Their blocking forms share the bodies (list_popping.h).
#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"
#include "commands/key_specs.h"
#include "commands/list_popping.h"
#include "commands/rows.h"

namespace aerie {

namespace {

void lmove_command(CommandContext& ctx) {
  const std::optional<ListEnd> from = list_end_argument(ctx, 3);
  if (!from) return;
  const std::optional<ListEnd> to = list_end_argument(ctx, 4);
  if (!to) return;
  if (!move_element(ctx, *from, *to)) ctx.reply().null();
}

void rpoplpush_command(CommandContext& ctx) {
  if (!move_element(ctx, ListEnd::kBack, ListEnd::kFront)) ctx.reply().null();
}

void lmpop_command(CommandContext& ctx) {
  const std::optional<PopRequest> request = pop_request_argument(ctx, 1);
  if (!request) return;
  if (!pop_from_first(ctx, *request, PopReply::kArrayOfElements)) ctx.reply().null_array();
}

constexpr CommandSpec kRows[] = {
    {.name = "lmove",
     .run = lmove_command,
     .arity = 5,
     .flags = kWrite | kDenyOom,
     .key_specs = kMoveElementKeys,
     .group = CommandGroup::kList,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "source destination <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT>",
     .summary =
         "Moves an element from one end of a list to an end of another, or of the same, and answers it."},
    {.name = "rpoplpush",
     .run = rpoplpush_command,
     .arity = 3,
     .flags = kWrite | kDenyOom,
     .key_specs = kMoveElementKeys,
     .group = CommandGroup::kList,
     .since = "1.2.0",
     .complexity = "O(1)",
     .syntax = "source destination",
     .summary = "Moves the last element of a list to the front of another, or of the same, and answers it.",
     .deprecated_since = "6.2.0",
     .replaced_by = "`LMOVE` with the `RIGHT` and `LEFT` arguments"},
    {.name = "lmpop",
     .run = lmpop_command,
     .arity = -4,
     .flags = kWrite | kMovableKeys,
     .key_specs = kPopFromFirstKeys,
     .group = CommandGroup::kList,
     .since = "7.0.0",
     .complexity = "O(N+M) where N is the number of keys and M the number of elements answered.",
     .syntax = "numkeys key [key ...] <where: LEFT | RIGHT> [COUNT count]",
     .summary = "Answers elements of the first of several lists that exists, and removes them."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> list_move_rows() {
  return kRows;
}

}  // namespace aerie
