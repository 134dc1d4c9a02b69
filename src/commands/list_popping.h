// SPDX-License-Identifier: BSD-3-Clause
//
// What list commands share with their blocking forms, so that LMPOP and BLMPOP, LMOVE and BLMOVE have one
// body each: the words for an end of a list, taking elements from the first of several lists, moving one
// between two lists, with events and replies. What finds nothing answers nothing: its caller answers null or
// waits. Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "aerie/resp/reply_writer.h"
#include "aerie/store/list_value.h"

namespace aerie {

class CommandContext;

// The end that an argument names, LEFT or RIGHT; answers a syntax error and returns nothing for other words.
std::optional<ListEnd> list_end_argument(CommandContext& ctx, size_t index);

// The names of events: "lpop", "rpush".
constexpr std::string_view pop_event(ListEnd end) {
  return end == ListEnd::kFront ? "lpop" : "rpop";
}
constexpr std::string_view push_event(ListEnd end) {
  return end == ListEnd::kFront ? "lpush" : "rpush";
}

inline void reply_element(ReplyWriter& reply, ListpackElement element) {
  if (!element.is_integer()) [[likely]]
    return reply.bulk(element.string());
  reply.bulk_integer(element.integer());
}
// An array of `count` elements of a list from one end on. REQUIRES: the list has so many.
void reply_from_end(ReplyWriter& reply, const ListValue& list, ListEnd end, uint64_t count);
// Answers one element and removes it from the list. REQUIRES: edit.size() > 0.
void pop_one(ReplyWriter& reply, ListEdit& edit, ListEnd end);
// Answers an array of up to `count` elements and removes them. REQUIRES: edit.size() > 0, count > 0.
void pop_several(ReplyWriter& reply, ListEdit& edit, ListEnd end, uint64_t count);

// Which elements of which keys.
struct PopRequest {
  size_t first_key = 1;  // argument of the first key
  size_t key_count = 1;
  ListEnd end = ListEnd::kFront;
  uint64_t count = 1;
};
// The arguments from `index` on as "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", up to the last one.
// Answers the error and returns nothing when they are not.
std::optional<PopRequest> pop_request_argument(CommandContext& ctx, size_t index);

enum class PopReply : uint8_t { kOneElement, kArrayOfElements };
// Takes elements from the first of the keys that exists and answers its name and the element (one, whatever
// request.count says), or an array of them; or WRONGTYPE when that is no list. False when no key exists.
bool pop_from_first(CommandContext& ctx, const PopRequest& request, PopReply reply);

// Moves one element from the end of the list at argument 1 to that at argument 2 and answers it, or
// WRONGTYPE. False when the source does not exist.
bool move_element(CommandContext& ctx, ListEnd from_end, ListEnd to_end);

}  // namespace aerie
