// SPDX-License-Identifier: BSD-3-Clause
//
// The options of SET and GETEX. Syntax only: whether a time is a number and in range is judged later, behind
// the checks that Redis makes first.
#include "commands/string_options.h"

#include <span>
#include <string_view>

#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"

namespace aerie {

namespace {

using Expiry = StringOptions::Expiry;

struct ExpiryWord {
  std::string_view word;
  Expiry expiry;
  bool takes_time;
};

constexpr ExpiryWord kTimes[] = {{"EX", Expiry::kEx, true},
                                 {"PX", Expiry::kPx, true},
                                 {"EXAT", Expiry::kExAt, true},
                                 {"PXAT", Expiry::kPxAt, true}};
constexpr ExpiryWord kKeepTtlWord = {"KEEPTTL", Expiry::kKeepTtl, false};
constexpr ExpiryWord kPersistWord = {"PERSIST", Expiry::kPersist, false};

// Reads one option of expiry at *index and moves past it. False when it is none or does not fit.
bool parse_expiry(const CommandContext& ctx, const ExpiryWord& own_word, size_t* index,
                  StringOptions* options) {
  const ExpiryWord* match = ctx.is(*index, own_word.word) ? &own_word : nullptr;
  for (const ExpiryWord& time : kTimes) {
    if (match == nullptr && ctx.is(*index, time.word)) match = &time;
  }
  if (match == nullptr) return false;
  if (options->expiry != Expiry::kNone && options->expiry != match->expiry) return false;
  if (match->takes_time && *index + 1 >= ctx.argc()) return false;
  options->expiry = match->expiry;
  if (match->takes_time) options->time_at = ++*index;
  ++*index;
  return true;
}

// A condition of SET, or GET. False when the argument is none of them or excludes what came before.
bool parse_set_word(const CommandContext& ctx, size_t* index, StringOptions* options) {
  if (ctx.is(*index, "NX") && !options->if_exists) {
    options->if_missing = true;
  } else if (ctx.is(*index, "XX") && !options->if_missing) {
    options->if_exists = true;
  } else if (ctx.is(*index, "GET")) {
    options->get = true;
  } else {
    return false;
  }
  ++*index;
  return true;
}

}  // namespace

ExpiryForm StringOptions::form() const {
  const bool seconds = expiry == Expiry::kEx || expiry == Expiry::kExAt;
  const bool from_now = expiry == Expiry::kEx || expiry == Expiry::kPx;
  return {seconds ? ExpiryUnit::kSeconds : ExpiryUnit::kMilliseconds,
          from_now ? ExpiryBase::kNow : ExpiryBase::kEpoch};
}

std::optional<StringOptions> parse_set_options(CommandContext& ctx, size_t first) {
  StringOptions options;
  for (size_t i = first; i < ctx.argc();) {
    if (parse_set_word(ctx, &i, &options) || parse_expiry(ctx, kKeepTtlWord, &i, &options)) continue;
    ctx.reply().error(kSyntaxError);
    return std::nullopt;
  }
  return options;
}

std::optional<StringOptions> parse_getex_options(CommandContext& ctx, size_t first) {
  StringOptions options;
  for (size_t i = first; i < ctx.argc();) {
    if (parse_expiry(ctx, kPersistWord, &i, &options)) continue;
    ctx.reply().error(kSyntaxError);
    return std::nullopt;
  }
  return options;
}

}  // namespace aerie
