// SPDX-License-Identifier: BSD-3-Clause
//
// A command that has just run, for those who keep or pass on what ran: the slow log and MONITOR. Of its
// arguments it shows what may be shown: no secrets, and no bytes that the store has taken over meanwhile.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "aerie/resp/large_arg.h"

namespace aerie {

class Session;
struct CommandSpec;

class RecordedCommand {
 public:
  // All that it names must live as long as it does.
  RecordedCommand(const Session& session, const CommandSpec& spec, std::span<const std::string_view> args,
                  std::span<const LargeArg> large)
      : session_(session), spec_(spec), args_(args), large_(large) {}

  const Session& session() const { return session_; }
  const CommandSpec& spec() const { return spec_; }
  size_t argc() const { return args_.size(); }
  // The argument at `index`. Of more than `most` bytes the first so many are shown, and how many there are
  // beyond: "abc... (5 more bytes)". A secret is "(redacted)".
  std::string argument(size_t index, size_t most) const;

 private:
  bool is_taken(size_t index) const;

  const Session& session_;
  const CommandSpec& spec_;
  std::span<const std::string_view> args_;
  std::span<const LargeArg> large_;
};

}  // namespace aerie
