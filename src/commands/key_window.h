// SPDX-License-Identifier: BSD-3-Clause
//
// Walks the keys of a command that names many (MGET, MSET, DEL, EXISTS). A group of keys is hashed at once
// and the memory that each needs is asked for before the first is touched, so that cache misses overlap
// instead of queueing up. It decides nothing: every key is still looked up when its turn comes. Private to
// the room.
#pragma once

#include <cstddef>

#include "aerie/engine/command_context.h"

namespace aerie {

// Calls visit(const Key&, index) for the arguments first, first + step, ... in order.
template <typename Visit>
void for_each_key(CommandContext& ctx, size_t first, size_t step, Visit&& visit) {
  constexpr size_t kGroup = 16;
  const Database& db = ctx.db();
  Key keys[kGroup];
  for (size_t at = first; at < ctx.argc();) {
    size_t count = 0;
    for (size_t i = at; i < ctx.argc() && count < kGroup; i += step) {
      keys[count] = ctx.key(i);
      db.prefetch(keys[count].hash);
      ++count;
    }
    if (count > 1) {
      for (size_t i = 0; i < count; ++i) db.prefetch_entry(keys[i].hash);
    }
    for (size_t i = 0; i < count; ++i) visit(keys[i], at + i * step);
    at += count * step;
  }
}

// The number of arguments from `first` on for which test(key) holds: the reply of EXISTS, DEL, TOUCH.
template <typename Test>
int64_t count_keys(CommandContext& ctx, size_t first, Test&& test) {
  int64_t count = 0;
  for_each_key(ctx, first, 1, [&](const Key& key, size_t) { count += test(key) ? 1 : 0; });
  return count;
}

}  // namespace aerie
