// SPDX-License-Identifier: BSD-3-Clause
//
// Rows in the form of COMMAND INFO. Sets, maps and simple strings stand where Redis has them, because clients
// parse this reply at connect.
#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "aerie/engine/acl_categories.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/command_table.h"
#include "commands/command_description.h"

namespace aerie {

namespace {

struct NamedFlag {
  uint32_t flag;
  std::string_view name;
};

// In Redis' order.
constexpr NamedFlag kFlagNames[] = {
    {kWrite, "write"},
    {kReadonly, "readonly"},
    {kDenyOom, "denyoom"},
    {kAdmin, "admin"},
    {kPubsub, "pubsub"},
    {kNoScript, "noscript"},
    {kBlocking, "blocking"},
    {kLoading, "loading"},
    {kStale, "stale"},
    {kSkipMonitor, "skip_monitor"},
    {kSkipSlowlog, "skip_slowlog"},
    {kFast, "fast"},
    {kNoAuth, "no_auth"},
    {kNoMandatoryKeys, "no_mandatory_keys"},
    {kNoAsyncLoading, "no_async_loading"},
    {kNoMulti, "no_multi"},
    {kMovableKeys, "movablekeys"},
    {kAllowBusy, "allow_busy"},
};

constexpr NamedFlag kKeyFlagNames[] = {
    {kKeyRo, "RO"},
    {kKeyRw, "RW"},
    {kKeyOw, "OW"},
    {kKeyRm, "RM"},
    {kKeyAccess, "access"},
    {kKeyUpdate, "update"},
    {kKeyInsert, "insert"},
    {kKeyDelete, "delete"},
    {kKeyNotKey, "not_key"},
    {kKeyIncomplete, "incomplete"},
    {kKeyVariableFlags, "variable_flags"},
};

void write_flag_set(std::span<const NamedFlag> names, uint32_t flags, ReplyWriter& reply) {
  const auto is_set = [flags](const NamedFlag& named) { return (flags & named.flag) != 0; };
  reply.set(static_cast<size_t>(std::count_if(names.begin(), names.end(), is_set)));
  for (const NamedFlag& named : names) {
    if (is_set(named)) reply.simple(named.name);
  }
}

void write_categories(const CommandSpec& spec, ReplyWriter& reply) {
  const uint32_t categories = acl_categories(spec);
  reply.set(static_cast<size_t>(std::popcount(categories)));
  for (size_t i = 0; i < acl_category_names().size(); ++i) {
    if ((categories >> i & 1) != 0) reply.simple("@" + std::string(acl_category_names()[i]));
  }
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

struct KeyRange {
  int first = 0;
  int last = 0;
  int step = 0;
};

// The one range that COMMAND could tell before there were key specifications.
KeyRange legacy_range(const CommandSpec& spec) {
  KeyRange range;
  for (const KeySpec& key : spec.key_specs) {
    if (key.key_count_at >= 0) return {};
    const int last = key.last >= 0 ? key.begin + key.last : key.last;
    range.first = range.first == 0 ? key.begin : std::min(range.first, key.begin);
    range.last = key.last >= 0 && range.last >= 0 ? std::max(range.last, last) : last;
    range.step = key.step;
  }
  return range;
}

void write_key_spec(const KeySpec& key, ReplyWriter& reply) {
  reply.map(key.notes.empty() ? 3 : 4);
  if (!key.notes.empty()) {
    reply.bulk("notes");
    reply.bulk(key.notes);
  }
  reply.bulk("flags");
  describe_key_flags(key.flags, reply);
  reply.bulk("begin_search");
  reply.map(2);
  reply.bulk("type");
  reply.bulk("index");
  reply.bulk("spec");
  reply.map(1);
  reply.bulk("index");
  reply.integer(key.begin);
  reply.bulk("find_keys");
  reply.map(2);
  reply.bulk("type");
  const bool counted = key.key_count_at >= 0;
  reply.bulk(counted ? "keynum" : "range");
  reply.bulk("spec");
  reply.map(3);
  reply.bulk(counted ? "keynumidx" : "lastkey");
  reply.integer(counted ? key.key_count_at : key.last);
  reply.bulk(counted ? "firstkey" : "keystep");
  reply.integer(counted ? key.first_key : key.step);
  reply.bulk(counted ? "keystep" : "limit");
  reply.integer(counted ? key.step : 0);
}

}  // namespace

void describe_key_flags(uint16_t flags, ReplyWriter& reply) {
  write_flag_set(kKeyFlagNames, flags, reply);
}

void describe_command(const CommandTable& table, const Command& command, ReplyWriter& reply) {
  const CommandSpec& spec = *command.spec;
  const KeyRange range = legacy_range(spec);
  reply.array(10);
  reply.bulk(command.full_name);
  reply.integer(spec.arity);
  write_flag_set(kFlagNames, spec.flags, reply);
  reply.integer(range.first);
  reply.integer(range.last);
  reply.integer(range.step);
  write_categories(spec, reply);
  const std::vector<std::string_view> tips = split(spec.tips, ' ');
  reply.set(tips.size());
  for (std::string_view tip : tips) reply.bulk(tip);
  reply.set(spec.key_specs.size());
  for (const KeySpec& key : spec.key_specs) write_key_spec(key, reply);
  if (spec.subcommands.empty()) return reply.set(0);
  reply.array(spec.subcommands.size());
  for (uint32_t i = 0; i < spec.subcommands.size(); ++i) {
    describe_command(table, table.at(command.first_subcommand + i), reply);
  }
}

}  // namespace aerie
