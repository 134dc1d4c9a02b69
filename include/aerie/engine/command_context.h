// SPDX-License-Identifier: BSD-3-Clause
//
// All that a command sees: its arguments, its client's session, the keyspace, the engine's tables, and the
// writer for its one reply. It never sees a socket, the loop or an encoding. Views of arguments are valid
// while it runs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "aerie/resp/large_arg.h"
#include "aerie/resp/reply_writer.h"
#include "aerie/store/keyspace.h"
#include "aerie/store/string_value.h"

namespace aerie {

class Engine;
class Session;
struct Command;

class CommandContext {
 public:
  CommandContext(Engine& engine, Session& session, const Command& command,
                 std::span<const std::string_view> args, ReplyWriter& reply, Keyspace& keyspace, Database& db)
      : engine_(engine),
        session_(session),
        command_(command),
        args_(args),
        reply_(reply),
        keyspace_(keyspace),
        db_(db) {}

  // Arguments; 0 is the command's name, 1 the subcommand's for a container.
  size_t argc() const { return args_.size(); }
  std::string_view arg(size_t index) const { return args_[index]; }
  std::span<const std::string_view> args() const { return args_; }
  // The argument as a key of the current database, hashed.
  Key key(size_t index) const {
    return index == hinted_index_ ? Key{args_[index], hinted_hash_} : keyspace_.key(args_[index]);
  }
  // The argument as bytes to store; a large one is handed over without a copy.
  StringSource value(size_t index) const {
    if (large_args_ != nullptr) [[unlikely]]
      return large_value(index);
    return StringSource(args_[index]);
  }
  // The argument as a strict integer; nothing when it is not one (answer kNotAnInteger).
  std::optional<int64_t> integer(size_t index) const;
  // Compares an option word, ignoring case. `word` is upper case.
  bool is(size_t index, std::string_view word) const { return equals_ignoring_case(args_[index], word); }

  ReplyWriter& reply() { return reply_; }
  Engine& engine() { return engine_; }
  Session& session() { return session_; }
  Keyspace& keyspace() { return keyspace_; }
  // The client's current database.
  Database& db() { return db_; }
  const Command& command() const { return command_; }
  // Wall-clock milliseconds, frozen for the whole command, EXEC or script.
  int64_t now_ms() const { return keyspace_.now_ms(); }

  // Set by the executor: the hash of the argument at `index`, computed when the batch was parsed ahead.
  void set_key_hint(size_t index, uint64_t hash) { hinted_index_ = index, hinted_hash_ = hash; }
  // Set by the executor: arguments that have memory of their own, by index.
  void set_large_args(std::span<LargeArg> large) { large_args_ = large.data(), large_count_ = large.size(); }

  static bool equals_ignoring_case(std::string_view text, std::string_view upper_case_word);

 private:
  StringSource large_value(size_t index) const;

  Engine& engine_;
  Session& session_;
  const Command& command_;
  std::span<const std::string_view> args_;
  ReplyWriter& reply_;
  Keyspace& keyspace_;
  Database& db_;
  size_t hinted_index_ = 0;  // 0 is the name, never a key
  uint64_t hinted_hash_ = 0;
  LargeArg* large_args_ = nullptr;
  size_t large_count_ = 0;
};

}  // namespace aerie
