// SPDX-License-Identifier: BSD-3-Clause
//
// Keys whatever they hold: DEL, UNLINK, EXISTS, TYPE, TOUCH, RENAME, RENAMENX, COPY, MOVE. Deadlines are in
// key_expiry_commands.cc; what concerns all keys of a database is in key_scan_commands.cc.
#include "aerie/engine/command_context.h"
#include "aerie/resp/reply_errors.h"
#include "commands/database_argument.h"
#include "commands/key_specs.h"
#include "commands/key_window.h"
#include "commands/rows.h"

namespace aerie {

namespace {

// Serves UNLINK too: the store always gives back large values later, in slices.
void del_command(CommandContext& ctx) {
  ctx.reply().integer(count_keys(ctx, 1, [&](const Key& key) { return ctx.db().erase(key); }));
}

void exists_command(CommandContext& ctx) {
  ctx.reply().integer(
      count_keys(ctx, 1, [&](const Key& key) { return ctx.db().exists(key, Access::kInspect); }));
}

void touch_command(CommandContext& ctx) {
  ctx.reply().integer(
      count_keys(ctx, 1, [&](const Key& key) { return ctx.db().exists(key, Access::kRead); }));
}

void type_command(CommandContext& ctx) {
  const std::optional<KeyFacts> facts = ctx.db().facts(ctx.key(1), Access::kInspect);
  ctx.reply().simple(facts ? type_name(facts->type) : "none");
}

enum class Overwrite : uint8_t { kNo, kYes };

// Returns whether the key was renamed, or nothing when it is missing (answered).
std::optional<bool> rename(CommandContext& ctx, Overwrite overwrite) {
  Database& db = ctx.db();
  const Key from = ctx.key(1);
  const Key to = ctx.key(2);
  if (!db.exists(from, Access::kTouch)) {
    ctx.reply().error(kNoSuchKey);
    return std::nullopt;
  }
  if (from.name == to.name) return false;
  if (overwrite == Overwrite::kNo && db.exists(to, Access::kTouch)) return false;
  return db.move_key(from, db, to, "rename_from", "rename_to");
}

void rename_command(CommandContext& ctx) {
  if (rename(ctx, Overwrite::kYes)) ctx.reply().ok();
}

void renamenx_command(CommandContext& ctx) {
  const std::optional<bool> renamed = rename(ctx, Overwrite::kNo);
  if (renamed) ctx.reply().integer(*renamed ? 1 : 0);
}

struct CopyOptions {
  uint32_t db;
  Overwrite overwrite = Overwrite::kNo;
};

std::optional<CopyOptions> parse_copy_options(CommandContext& ctx) {
  CopyOptions options{.db = ctx.db().index()};
  for (size_t i = 3; i < ctx.argc(); ++i) {
    if (ctx.is(i, "REPLACE")) {
      options.overwrite = Overwrite::kYes;
    } else if (ctx.is(i, "DB") && i + 1 < ctx.argc()) {
      const std::optional<uint32_t> db = database_argument(ctx, ++i);
      if (!db) return std::nullopt;
      options.db = *db;
    } else {
      ctx.reply().error(kSyntaxError);
      return std::nullopt;
    }
  }
  return options;
}

void copy_command(CommandContext& ctx) {
  const std::optional<CopyOptions> options = parse_copy_options(ctx);
  if (!options) return;
  Database& source = ctx.db();
  Database& target = ctx.keyspace().db(options->db);
  const Key from = ctx.key(1);
  const Key to = ctx.key(2);
  if (&source == &target && from.name == to.name) return ctx.reply().error(kSameObject);
  const bool possible = source.exists(from, Access::kRead) &&
                        (!target.exists(to, Access::kTouch) || options->overwrite == Overwrite::kYes);
  ctx.reply().integer(possible && source.copy_key(from, target, to) ? 1 : 0);
}

void move_command(CommandContext& ctx) {
  const std::optional<uint32_t> index = database_argument(ctx, 2);
  if (!index) return;
  Database& source = ctx.db();
  Database& target = ctx.keyspace().db(*index);
  if (&source == &target) return ctx.reply().error(kSameObject);
  const Key key = ctx.key(1);
  const bool possible = source.exists(key, Access::kTouch) && !target.exists(key, Access::kTouch);
  ctx.reply().integer(possible && source.move_key(key, target, key, "move_from", "move_to") ? 1 : 0);
}

constexpr KeySpec kRenameKeys[] = {{.flags = kKeyRw | kKeyAccess | kKeyDelete, .begin = 1},
                                   {.flags = kKeyOw | kKeyUpdate, .begin = 2}};
constexpr KeySpec kRenamenxKeys[] = {{.flags = kKeyRw | kKeyAccess | kKeyDelete, .begin = 1},
                                     {.flags = kKeyOw | kKeyInsert, .begin = 2}};
constexpr KeySpec kCopyKeys[] = {{.flags = kKeyRo | kKeyAccess, .begin = 1},
                                 {.flags = kKeyOw | kKeyUpdate, .begin = 2}};

constexpr CommandSpec kRows[] = {
    {.name = "del",
     .run = del_command,
     .arity = -2,
     .flags = kWrite,
     .key_specs = kRmDeleteAll,
     .categories = kKeyspaceCategory,
     .since = "1.0.0",
     .complexity =
         "O(N) where N is the number of keys; the memory of large values is freed later, in slices.",
     .syntax = "key [key ...]",
     .summary = "Deletes keys and answers how many there were.",
     .tips = kMultiShardSum},
    {.name = "unlink",
     .run = del_command,
     .arity = -2,
     .flags = kWrite | kFast,
     .key_specs = kRmDeleteAll,
     .categories = kKeyspaceCategory,
     .since = "4.0.0",
     .complexity = "O(1) for each key, whatever it holds: memory is freed later, in slices.",
     .syntax = "key [key ...]",
     .summary = "Deletes keys without waiting for their memory and answers how many there were.",
     .tips = kMultiShardSum},
    {.name = "exists",
     .run = exists_command,
     .arity = -2,
     .flags = kReadonly | kFast,
     .key_specs = kRoAll,
     .categories = kKeyspaceCategory,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of keys to check.",
     .syntax = "key [key ...]",
     .summary = "Answers how many of the keys exist; a key named twice counts twice.",
     .history = "3.0.3: Accepts multiple `key` arguments.",
     .tips = kMultiShardSum},
    {.name = "type",
     .run = type_command,
     .arity = 2,
     .flags = kReadonly | kFast,
     .key_specs = kRoFirst,
     .categories = kKeyspaceCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key",
     .summary = "Answers the type of the value stored under a key, or none."},
    {.name = "touch",
     .run = touch_command,
     .arity = -2,
     .flags = kReadonly | kFast | kTouches,
     .key_specs = kRoAll,
     .categories = kKeyspaceCategory,
     .since = "3.2.1",
     .complexity = "O(N) where N is the number of keys that will be touched.",
     .syntax = "key [key ...]",
     .summary = "Marks keys as used just now and answers how many exist.",
     .tips = kMultiShardSum},
    {.name = "rename",
     .run = rename_command,
     .arity = 3,
     .flags = kWrite,
     .key_specs = kRenameKeys,
     .categories = kKeyspaceCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key newkey",
     .summary = "Gives a key another name, replacing what has that name."},
    {.name = "renamenx",
     .run = renamenx_command,
     .arity = 3,
     .flags = kWrite | kFast,
     .key_specs = kRenamenxKeys,
     .categories = kKeyspaceCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key newkey",
     .summary = "Gives a key another name unless a key of that name exists.",
     .history =
         "3.2.0: The command no longer returns an error when source and destination names are the same."},
    {.name = "copy",
     .run = copy_command,
     .arity = -3,
     .flags = kWrite | kDenyOom | kNamesDatabase,
     .key_specs = kCopyKeys,
     .categories = kKeyspaceCategory,
     .since = "6.2.0",
     .complexity = "O(N) where N is the number of elements; O(1) for a string.",
     .syntax = "source destination [DB destination-db] [REPLACE]",
     .summary = "Copies a key with its value and deadline to another name or database."},
    {.name = "move",
     .run = move_command,
     .arity = 3,
     .flags = kWrite | kFast | kNamesDatabase,
     .key_specs = kRwAccessUpdateFirst,
     .categories = kKeyspaceCategory,
     .since = "1.0.0",
     .complexity = "O(1)",
     .syntax = "key db",
     .summary = "Moves a key to another database unless that has one of the same name."},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> key_rows() {
  return kRows;
}

}  // namespace aerie
