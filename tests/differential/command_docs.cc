// SPDX-License-Identifier: BSD-3-Clause
//
// COMMAND DOCS of two servers: since, group, deprecation, history and the argument trees (names, order,
// types, tokens, key specifications, flags), as a set of lines. Not compared: summaries and complexities,
// which are each server's own words, `display_text`, which 7.0 does not have, and the versions of single
// arguments. Where 7.2 documents a command otherwise than 7.0, a row of a small table says so.
#include <algorithm>

#include "differential/compare.h"

namespace aerie {
namespace {

// What the lines of 7.0 that begin with `in_7_0` begin with in 7.2. Nothing in 7.2: the line is gone. Nothing
// in 7.0: the line is new. A row that does not apply to a command that was asked for is a difference.
struct NewerLine {
  std::string_view in_7_0;
  std::string_view in_7_2;
};

constexpr NewerLine kNewerLines[] = {
    {"acl|cat/categoryname", "acl|cat/category"},
    {"", "acl|log history *[\"7.2.0\", \"Added entry ID, timestamp created, and timestamp last updated.\"]"},
    {"cluster|addslotsrange/start-slot_end-slot", "cluster|addslotsrange/range"},
    {"cluster|delslotsrange/start-slot_end-slot", "cluster|delslotsrange/range"},
    {"cluster|meet/cluster_bus_port", "cluster|meet/cluster-bus-port"},
    {"cluster|reset/hard_soft", "cluster|reset/reset-type"},
    {"cluster|setslot/subcommand/node-id #0", "cluster|setslot/subcommand/importing #0"},
    {"cluster|setslot/subcommand/node-id #1", "cluster|setslot/subcommand/migrating #1"},
    {"cluster|setslot/subcommand/node-id #2", "cluster|setslot/subcommand/node #2"},
    {"module|loadex/args #2 block", "module|loadex/arg #2 string"},  // Aerie's own difference, like the next
    {"module|loadex/args/arg #0 string", ""},
    {"module|loadex/configs #1 block token=CONFIG multiple multiple_token",
     "module|loadex/name_value #1 block token=CONFIG"},
    {"module|loadex/configs/", "module|loadex/name_value/"},
    {"client|kill/filter/ip:port ", "client|kill/filter/old-format "},
    {"client|kill/filter/new-format/normal_master_slave_pubsub", "client|kill/filter/new-format/client-type"},
    {"client|kill/filter/new-format/ip:port #3", "client|kill/filter/new-format/addr #3"},
    {"client|kill/filter/new-format/ip:port #4", "client|kill/filter/new-format/laddr #4"},
    {"client|kill/filter/new-format/yes/no #5 string", "client|kill/filter/new-format/skipme #5 oneof"},
    {"", "client|kill/filter/new-format/skipme/yes #0 pure-token token=YES"},
    {"", "client|kill/filter/new-format/skipme/no #1 pure-token token=NO"},
    {"", "client|kill/filter/new-format/maxage #6 integer token=MAXAGE optional"},  // of 7.4
    {"client|list/normal_master_replica_pubsub", "client|list/client-type"},
    {"client|list/id #1 block", ""},
    {"client|list/id/client-id #0 integer multiple",
     "client|list/client-id #1 integer token=ID multiple optional"},
    {"client|reply/on_off_skip", "client|reply/action"},
    {"client|unblock/timeout_error", "client|unblock/unblock-type"},
    {"", "command|getkeys/command #0 string"},
    {"", "command|getkeys/arg #1 string multiple optional"},
    {"", "command|getkeysandflags/command #0 string"},
    {"", "command|getkeysandflags/arg #1 string multiple optional"},
    {"config|get/parameter #0 block", "config|get/parameter #0 string"},
    {"config|get/parameter/parameter", ""},
    {"config|set/parameter_value", "config|set/data"},
    {"debug flag syscmd", ""},  // Aerie's own difference
    {"flushall/async", "flushall/flush-type"},
    {"flushdb/async", "flushdb/flush-type"},
    {"hello/arguments/username_password", "hello/arguments/auth"},
    {"lcs/len #4", "lcs/min-match-len #4"},
    {"mset/key_value", "mset/data"},
    {"msetnx/key_value", "msetnx/data"},
    {"", "psetex flag deprecated"},
    {"", "psetex deprecated_since 2.6.12"},
    {"", "psetex replaced_by `SET` with the `PX` argument"},
    {"psubscribe/pattern #0 block", "psubscribe/pattern #0 pattern"},
    {"psubscribe/pattern/pattern", ""},
    {"", "quit flag deprecated"},
    {"", "quit deprecated_since 7.2.0"},
    {"", "quit replaced_by just closing the connection"},
    {"", "setex flag deprecated"},
    {"", "setex deprecated_since 2.6.12"},
    {"", "setex replaced_by `SET` with the `EX` argument"},
    {"", "setnx flag deprecated"},
    {"", "setnx deprecated_since 2.6.12"},
    {"", "setnx replaced_by `SET` with the `NX` argument"},
    {"shutdown/nosave_save", "shutdown/save-selector"},
};

constexpr std::string_view kNewCommands[] = {"client|no-touch", "client|setinfo", "cluster|myshardid",
                                             "latency|turns", "waitaof"};  // turns: Aerie's own

using Lines = std::vector<std::string>;

const Reply* entry(const Reply& map, std::string_view key) {
  for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
    if (map.elements[i].text == key) return &map.elements[i + 1];
  }
  return nullptr;
}

Lines sorted(Lines lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string flags_of(const Reply& argument) {
  Lines flags;
  if (const Reply* found = entry(argument, "flags")) {
    for (const Reply& flag : found->elements) flags.push_back(flag.text);
  }
  std::string text;
  for (const std::string& flag : sorted(flags)) text += " " + flag;
  return text;
}

void add_arguments(const std::string& path, const Reply& doc, Lines* lines) {
  const Reply* arguments = entry(doc, "arguments");
  if (arguments == nullptr) return;
  for (size_t i = 0; i < arguments->elements.size(); ++i) {
    const Reply& argument = arguments->elements[i];
    const Reply* name = entry(argument, "name");
    const Reply* type = entry(argument, "type");
    const std::string inner = path + "/" + (name == nullptr ? "?" : name->text);
    std::string line = inner + " #" + std::to_string(i) + " " + (type == nullptr ? "?" : type->text);
    if (const Reply* token = entry(argument, "token")) line += " token=" + token->text;
    if (const Reply* key = entry(argument, "key_spec_index")) line += " key=" + std::to_string(key->integer);
    lines->push_back(line + flags_of(argument));
    add_arguments(inner, argument, lines);
  }
}

// Lines of one command, `names` of it and its subcommands.
void add_command(const std::string& name, const Reply& doc, Lines* lines, std::set<std::string>* names) {
  names->insert(name);
  for (const char* field : {"since", "group", "deprecated_since", "replaced_by"}) {
    if (const Reply* value = entry(doc, field)) lines->push_back(name + " " + field + " " + value->text);
  }
  if (const Reply* flags = entry(doc, "doc_flags")) {
    for (const Reply& flag : flags->elements) lines->push_back(name + " flag " + flag.text);
  }
  if (const Reply* history = entry(doc, "history")) {
    for (const Reply& change : history->elements) lines->push_back(name + " history " + change.to_string());
  }
  add_arguments(name, doc, lines);
  const Reply* subcommands = entry(doc, "subcommands");
  if (subcommands == nullptr) return;
  for (size_t i = 0; i + 1 < subcommands->elements.size(); i += 2) {
    add_command(subcommands->elements[i].text, subcommands->elements[i + 1], lines, names);
  }
}

Lines lines_of(const Reply& docs, std::set<std::string>* names) {
  Lines lines;
  for (size_t i = 0; i + 1 < docs.elements.size(); i += 2) {
    add_command(docs.elements[i].text, docs.elements[i + 1], &lines, names);
  }
  return lines;
}

// The command of a line: "client|kill" of "client|kill/filter #0 oneof".
std::string command_of(std::string_view line) {
  return std::string(line.substr(0, line.find_first_of(" /")));
}

// Brings the oracle's lines to 7.2; false when a row does not apply.
bool bring_to_7_2(const std::set<std::string>& names, Lines* lines) {
  for (const NewerLine& row : kNewerLines) {
    if (names.count(command_of(row.in_7_0.empty() ? row.in_7_2 : row.in_7_0)) == 0) continue;
    bool applied = row.in_7_0.empty();
    if (applied) lines->emplace_back(row.in_7_2);
    for (std::string& line : *lines) {
      if (row.in_7_0.empty() || line.rfind(row.in_7_0, 0) != 0) continue;
      applied = true;
      line = row.in_7_2.empty() ? "" : std::string(row.in_7_2) + line.substr(row.in_7_0.size());
    }
    if (!applied) return false;
  }
  lines->erase(std::remove(lines->begin(), lines->end(), ""), lines->end());
  return true;
}

// Only what is about one of these commands.
Lines about(const std::set<std::string>& names, const Lines& lines) {
  Lines result;
  for (const std::string& line : lines) {
    if (names.count(command_of(line)) == 1) result.push_back(line);
  }
  return result;
}

}  // namespace

bool same_command_docs(const Exchange& x) {
  std::set<std::string> names;
  std::set<std::string> oracle_names;
  Lines mine = lines_of(x.subject, &names);
  Lines theirs = lines_of(x.oracle, &oracle_names);
  if (x.subject.type != x.oracle.type) return false;
  if (x.subject_is_redis) return sorted(mine) == sorted(theirs);
  for (std::string_view added : kNewCommands) names.erase(std::string(added));
  // Subcommands that come later are not counted; whatever the subject has, the oracle must know.
  mine = about(names, mine);
  theirs = about(names, theirs);
  return bring_to_7_2(names, &theirs) && sorted(mine) == sorted(theirs);
}

}  // namespace aerie
