// SPDX-License-Identifier: BSD-3-Clause
//
// Taking and moving elements of lists. A reply is written from the stored bytes before these go. An element
// that moves is pushed from where it lies, or, when it is large, goes over as the block that it is; only a
// small one that moves within its list is copied in between, since bytes of a list cannot be pushed onto it.
#include "commands/list_popping.h"

#include <algorithm>
#include <string>

#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {

std::optional<ListEnd> list_end_argument(CommandContext& ctx, size_t index) {
  if (ctx.is(index, "LEFT")) return ListEnd::kFront;
  if (ctx.is(index, "RIGHT")) return ListEnd::kBack;
  ctx.reply().error(kSyntaxError);
  return std::nullopt;
}

void reply_from_end(ReplyWriter& reply, const ListValue& list, ListEnd end, uint64_t count) {
  const bool front = end == ListEnd::kFront;
  reply.array(count);
  list.walk(front ? 0 : list.size() - 1, front ? ListEnd::kBack : ListEnd::kFront)
      .visit(count, [&reply](ListpackElement element) { reply_element(reply, element); });
}

void pop_one(ReplyWriter& reply, ListEdit& edit, ListEnd end) {
  edit.pop(end, [&reply](ListpackElement element) { reply_element(reply, element); });
  edit.changed(pop_event(end), KeyEffect::kShrank);
}

void pop_several(ReplyWriter& reply, ListEdit& edit, ListEnd end, uint64_t count) {
  count = std::min(count, edit.size());
  reply_from_end(reply, edit.value(), end, count);
  edit.drop(end, count);
  edit.changed(pop_event(end), KeyEffect::kShrank);
}

namespace {

// A count of one or more; answers `error` for everything else.
std::optional<uint64_t> count_argument(CommandContext& ctx, size_t index, std::string_view error) {
  const std::optional<int64_t> number = ctx.integer(index);
  if (number && *number >= 1) return static_cast<uint64_t>(*number);
  ctx.reply().error(error);
  return std::nullopt;
}

// Hands a large element over to another list, or to the other end of its own, and answers it. False, and
// nothing done, when the element is not large.
bool move_large(CommandContext& ctx, ListEdit& source, ListEnd from_end, ListEdit& target, ListEnd to_end) {
  Blob large = source.take_large(from_end);
  if (large.empty()) return false;
  source.drop(from_end, 1);
  ctx.reply().bulk(large.view());
  target.push(to_end, StringSource(&large));
  return true;
}

// The list moves an element to an end of its own.
void rotate(CommandContext& ctx, ListEdit& list, ListEnd from_end, ListEnd to_end) {
  if (list.size() == 1 || from_end == to_end) {
    reply_element(ctx.reply(), list.peek(from_end));
  } else if (!move_large(ctx, list, from_end, list, to_end)) {
    std::string moved;
    list.pop(from_end, [&moved](ListpackElement element) {
      char scratch[kMaxInt64Chars];
      moved = element.text(scratch);
    });
    list.push(to_end, moved);
    ctx.reply().bulk(moved);
  }
  list.changed(push_event(to_end), KeyEffect::kGrew);
  list.changed(pop_event(from_end), KeyEffect::kShrank);
}

}  // namespace

std::optional<PopRequest> pop_request_argument(CommandContext& ctx, size_t index) {
  const std::optional<uint64_t> key_count = count_argument(ctx, index, kNumkeysNotPositive);
  if (!key_count) return std::nullopt;
  // Compared before it is added to anything: it is the client's.
  const size_t behind = ctx.argc() - index - 1;
  if (*key_count >= behind) {
    ctx.reply().error(kSyntaxError);
    return std::nullopt;
  }
  PopRequest request{.first_key = index + 1, .key_count = *key_count};
  const size_t end_at = request.first_key + request.key_count;
  const std::optional<ListEnd> end = list_end_argument(ctx, end_at);
  if (!end) return std::nullopt;
  request.end = *end;
  if (ctx.argc() == end_at + 1) return request;
  if (ctx.argc() < end_at + 3 || !ctx.is(end_at + 1, "COUNT")) {
    ctx.reply().error(kSyntaxError);
    return std::nullopt;
  }
  const std::optional<uint64_t> count = count_argument(ctx, end_at + 2, kCountNotPositive);
  if (!count) return std::nullopt;
  if (ctx.argc() > end_at + 3) {
    ctx.reply().error(kSyntaxError);
    return std::nullopt;
  }
  request.count = *count;
  return request;
}

bool pop_from_first(CommandContext& ctx, const PopRequest& request, PopReply reply) {
  for (size_t i = 0; i < request.key_count; ++i) {
    const Key key = ctx.key(request.first_key + i);
    ListEdit edit = ctx.db().edit_list(key);
    if (!edit.exists()) continue;
    if (edit.is_wrong_type()) {
      ctx.reply().error(kWrongType);
      return true;
    }
    ctx.reply().array(2);
    ctx.reply().bulk(key.name);
    if (reply == PopReply::kOneElement) {
      pop_one(ctx.reply(), edit, request.end);
    } else {
      pop_several(ctx.reply(), edit, request.end, request.count);
    }
    return true;
  }
  return false;
}

bool move_element(CommandContext& ctx, ListEnd from_end, ListEnd to_end) {
  const Key from = ctx.key(1);
  ListEdit source = ctx.db().edit_list(from);
  if (!source.exists()) return false;
  if (source.is_wrong_type()) {
    ctx.reply().error(kWrongType);
    return true;
  }
  const Key to = ctx.key(2);
  if (to.name == from.name) {
    rotate(ctx, source, from_end, to_end);
    return true;
  }
  ListEdit target = ctx.db().edit_list(to);
  if (target.is_wrong_type()) {
    ctx.reply().error(kWrongType);
    return true;
  }
  if (!move_large(ctx, source, from_end, target, to_end)) {
    source.pop(from_end, [&](ListpackElement element) {
      char scratch[kMaxInt64Chars];
      const std::string_view text = element.text(scratch);
      target.push(to_end, text);
      ctx.reply().bulk(text);
    });
  }
  target.changed(push_event(to_end), KeyEffect::kGrew);
  source.changed(pop_event(from_end), KeyEffect::kShrank);
  return true;
}

}  // namespace aerie
