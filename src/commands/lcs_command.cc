// SPDX-License-Identifier: BSD-3-Clause
//
// LCS by dynamic programming: cell (i, j) of the table is the length of the longest common subsequence of the
// first i bytes of a and the first j bytes of b. Only one row of lengths is kept, along the shorter string.
// To find the way back from the last cell to the first it suffices to know at each cell which neighbour was
// larger: one bit, so the table takes a thirty-second of what lengths would. The work is bounded before
// anything is allocated: by proto-max-bulk-len as Redis counts it (four bytes per cell), and by kMaxCells
// whatever that option says.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/base/checked.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/resp/reply_errors.h"
#include "commands/rows.h"

namespace aerie {

namespace {

constexpr uint64_t kMaxCells = uint64_t{1} << 30;
constexpr uint64_t kBytesPerCell = 4;

struct LcsOptions {
  bool length = false;
  bool indexes = false;
  bool match_lengths = false;
  int64_t min_match = 0;
};

// A run of bytes that both strings share, by the offset of its first byte in each.
struct Match {
  size_t in_a;
  size_t in_b;
  size_t length;
};

class LcsTable {
 public:
  // Computes the length, and when `trace` also the way back. REQUIRES: neither string is empty.
  LcsTable(std::string_view a, std::string_view b, bool trace)
      : a_(a), b_(b), a_is_inner_(a.size() <= b.size()), width_(std::min(a.size(), b.size())) {
    if (trace) prefer_a_.resize(a.size() * b.size());
    fill(a_is_inner_ ? b : a, a_is_inner_ ? a : b, trace);
  }

  uint32_t length() const { return length_; }

  // Calls visit(Match) for each run of the subsequence, the last one first. REQUIRES: built with trace.
  template <typename Visit>
  void for_each_match(Visit&& visit) const {
    size_t i = a_.size();
    size_t j = b_.size();
    while (i > 0 && j > 0) {
      size_t run = 0;
      while (i > 0 && j > 0 && a_[i - 1] == b_[j - 1]) --i, --j, ++run;
      if (run > 0) {
        visit(Match{i, j, run});
      } else if (prefer_a_[cell(i, j)]) {
        --i;
      } else {
        --j;
      }
    }
  }

 private:
  // Index of the bit of the cell behind i bytes of a and j bytes of b.
  size_t cell(size_t i, size_t j) const {
    return a_is_inner_ ? (j - 1) * width_ + (i - 1) : (i - 1) * width_ + (j - 1);
  }

  void fill(std::string_view outer, std::string_view inner, bool trace) {
    std::vector<uint32_t> row(inner.size() + 1, 0);
    for (size_t y = 0; y < outer.size(); ++y) {
      uint32_t diagonal = 0;
      for (size_t x = 0; x < inner.size(); ++x) {
        const uint32_t before = row[x];     // one byte less of inner
        const uint32_t above = row[x + 1];  // one byte less of outer
        if (trace) prefer_a_[y * width_ + x] = a_is_inner_ ? before > above : above > before;
        row[x + 1] = outer[y] == inner[x] ? diagonal + 1 : std::max(before, above);
        diagonal = above;
      }
    }
    length_ = row.back();
  }

  std::string_view a_;
  std::string_view b_;
  bool a_is_inner_;
  size_t width_;
  uint32_t length_ = 0;
  // By cell: a byte less of a leaves more than a byte less of b. On a tie the way goes along b.
  std::vector<bool> prefer_a_;
};

// Both strings; a missing key counts as an empty one. Nothing when one holds another type (answered).
struct LcsStrings {
  NumberText scratch_a;
  NumberText scratch_b;
  std::string_view a;
  std::string_view b;
};

bool find_strings(CommandContext& ctx, LcsStrings* strings) {
  const Key key_a = ctx.key(1);
  const Key key_b = ctx.key(2);
  const Lookup<StringValue> first_look = ctx.db().find<StringValue>(key_a);
  const Lookup<StringValue> b = ctx.db().find<StringValue>(key_b);
  if (first_look.is_wrong_type() || b.is_wrong_type()) {
    ctx.reply().error(kLcsNotStrings);
    return false;
  }
  // Looking for b may have removed it as expired, after which the first view of a is no longer valid.
  const Lookup<StringValue> a = ctx.db().find<StringValue>(key_a, Access::kPeek);
  if (a) strings->a = a->bytes(&strings->scratch_a);
  if (b) strings->b = b->bytes(&strings->scratch_b);
  return true;
}

std::optional<LcsOptions> parse_options(CommandContext& ctx) {
  LcsOptions options;
  for (size_t i = 3; i < ctx.argc(); ++i) {
    if (ctx.is(i, "IDX")) {
      options.indexes = true;
    } else if (ctx.is(i, "LEN")) {
      options.length = true;
    } else if (ctx.is(i, "WITHMATCHLEN")) {
      options.match_lengths = true;
    } else if (ctx.is(i, "MINMATCHLEN") && i + 1 < ctx.argc()) {
      const std::optional<int64_t> least = ctx.integer(++i);
      if (!least) {
        ctx.reply().error(kNotAnInteger);
        return std::nullopt;
      }
      options.min_match = *least;
    } else {
      ctx.reply().error(kSyntaxError);
      return std::nullopt;
    }
  }
  if (options.indexes && options.length) {
    ctx.reply().error(kLcsLengthAndIndexes);
    return std::nullopt;
  }
  return options;
}

// Answers the error when the table would be too large.
bool fits(CommandContext& ctx, std::string_view a, std::string_view b) {
  const std::optional<uint64_t> cells = checked_mul<uint64_t>(a.size() + 1, b.size() + 1);
  const uint64_t limit = ctx.engine().settings().proto_max_bulk_len / kBytesPerCell;
  if (cells && *cells <= limit && *cells <= kMaxCells) return true;
  ctx.reply().error(kLcsNoMemory);
  return false;
}

void reply_range(ReplyWriter& reply, size_t first, size_t length) {
  reply.array(2);
  reply.integer(static_cast<int64_t>(first));
  reply.integer(static_cast<int64_t>(first + length - 1));
}

void reply_indexes(ReplyWriter& reply, const LcsTable* table, const LcsOptions& options) {
  reply.map(2);
  reply.bulk("matches");
  const DeferredReply matches = reply.begin_deferred();
  size_t count = 0;
  if (table != nullptr) {
    table->for_each_match([&](const Match& match) {
      if (options.min_match > 0 && match.length < static_cast<uint64_t>(options.min_match)) return;
      reply.array(options.match_lengths ? 3 : 2);
      reply_range(reply, match.in_a, match.length);
      reply_range(reply, match.in_b, match.length);
      if (options.match_lengths) reply.integer(static_cast<int64_t>(match.length));
      ++count;
    });
  }
  reply.end_deferred_array(matches, count);
  reply.bulk("len");
  reply.integer(table != nullptr ? table->length() : 0);
}

void reply_text(ReplyWriter& reply, std::string_view a, const LcsTable* table) {
  std::string text(table != nullptr ? table->length() : 0, '\0');
  size_t end = text.size();
  if (table != nullptr) {
    table->for_each_match([&](const Match& match) {
      end -= match.length;
      a.copy(text.data() + end, match.length, match.in_a);
    });
  }
  reply.bulk(text);
}

void lcs_command(CommandContext& ctx) {
  LcsStrings strings;
  if (!find_strings(ctx, &strings)) return;
  const std::optional<LcsOptions> options = parse_options(ctx);
  if (!options || !fits(ctx, strings.a, strings.b)) return;
  std::optional<LcsTable> table;
  if (!strings.a.empty() && !strings.b.empty()) table.emplace(strings.a, strings.b, !options->length);
  const LcsTable* found = table ? &*table : nullptr;
  if (options->indexes) {
    reply_indexes(ctx.reply(), found, *options);
  } else if (options->length) {
    ctx.reply().integer(found != nullptr ? found->length() : 0);
  } else {
    reply_text(ctx.reply(), strings.a, found);
  }
}

constexpr KeySpec kKeys[] = {{.flags = kKeyRo | kKeyAccess, .begin = 1, .last = 1}};

constexpr CommandSpec kRows[] = {
    {.name = "lcs",
     .run = lcs_command,
     .arity = -3,
     .flags = kReadonly,
     .key_specs = kKeys,
     .group = CommandGroup::kString,
     .since = "7.0.0",
     .complexity = "O(N*M) where N and M are the lengths of s1 and s2, respectively",
     .syntax = "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
     .summary =
         "Finds the longest common subsequence of two strings: itself, its length, or where it matches."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> lcs_rows() {
  return kRows;
}

}  // namespace aerie
