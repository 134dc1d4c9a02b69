// SPDX-License-Identifier: BSD-3-Clause
//
// From rows to categories: some follow from flags, some from the group of the command, the others stand in
// the row. "dangerous" is what is for administrators, and more.
#include "aerie/engine/acl_categories.h"

#include "aerie/base/ascii.h"
#include "aerie/engine/command_spec.h"

namespace aerie {

namespace {

enum Category : uint32_t {
  kKeyspaceBit = 1u << 0,
  kReadBit = 1u << 1,
  kWriteBit = 1u << 2,
  kSetBit = 1u << 3,
  kSortedSetBit = 1u << 4,
  kListBit = 1u << 5,
  kHashBit = 1u << 6,
  kStringBit = 1u << 7,
  kBitmapBit = 1u << 8,
  kHyperLogLogBit = 1u << 9,
  kGeoBit = 1u << 10,
  kStreamBit = 1u << 11,
  kPubsubBit = 1u << 12,
  kAdminBit = 1u << 13,
  kFastBit = 1u << 14,
  kSlowBit = 1u << 15,
  kBlockingBit = 1u << 16,
  kDangerousBit = 1u << 17,
  kConnectionBit = 1u << 18,
  kTransactionBit = 1u << 19,
  kScriptingBit = 1u << 20,
};

// By place, in the order of the bits above.
constexpr std::string_view kNames[] = {
    "keyspace", "read",   "write",       "set",       "sortedset",  "list",        "hash",
    "string",   "bitmap", "hyperloglog", "geo",       "stream",     "pubsub",      "admin",
    "fast",     "slow",   "blocking",    "dangerous", "connection", "transaction", "scripting"};
static_assert(std::size(kNames) == 21);

// The types of data have a group each, which is a category too.
uint32_t category_of(CommandGroup group) {
  switch (group) {
    case CommandGroup::kString:
      return kStringBit;
    case CommandGroup::kList:
      return kListBit;
    case CommandGroup::kGeneric:
    case CommandGroup::kConnection:
    case CommandGroup::kServer:
    case CommandGroup::kTransactions:
    case CommandGroup::kPubsub:
    case CommandGroup::kCluster:
      return 0;
  }
  return 0;
}

}  // namespace

std::span<const std::string_view> acl_category_names() {
  return kNames;
}

std::optional<uint32_t> find_acl_category(std::string_view name) {
  for (uint32_t i = 0; i < std::size(kNames); ++i) {
    if (equal_ignoring_case(kNames[i], name)) return i;
  }
  return std::nullopt;
}

uint32_t acl_categories(const CommandSpec& spec) {
  const auto stated = [&spec](uint32_t category) { return (spec.categories & category) != 0; };
  uint32_t bits = category_of(spec.group) | (spec.has(kFast) ? kFastBit : kSlowBit);
  if (stated(kKeyspaceCategory)) bits |= kKeyspaceBit;
  if (spec.has(kReadonly)) bits |= kReadBit;
  if (spec.has(kWrite)) bits |= kWriteBit;
  if (spec.has(kPubsub)) bits |= kPubsubBit;
  if (spec.has(kBlocking)) bits |= kBlockingBit;
  if (spec.has(kAdmin) || stated(kAdminCategory)) bits |= kAdminBit;
  if (spec.has(kAdmin) || stated(kDangerousCategory)) bits |= kDangerousBit;
  if (stated(kConnectionCategory)) bits |= kConnectionBit;
  if (stated(kTransactionCategory)) bits |= kTransactionBit;
  return bits;
}

}  // namespace aerie
