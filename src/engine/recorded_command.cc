// SPDX-License-Identifier: BSD-3-Clause
//
// RecordedCommand: which arguments are secret is said by the command's row. A large argument that the store
// took may be gone again by the time somebody looks (it was overwritten, or popped by a client that waited),
// so none of its bytes is read.
#include "engine/recorded_command.h"

#include <algorithm>

#include "aerie/engine/command_spec.h"

namespace aerie {

bool RecordedCommand::is_taken(size_t index) const {
  return std::any_of(large_.begin(), large_.end(),
                     [&](const LargeArg& large) { return large.index == index && large.memory.empty(); });
}

std::string RecordedCommand::argument(size_t index, size_t most) const {
  if (spec_.is_secret != nullptr && spec_.is_secret(args_, index)) return "(redacted)";
  const std::string_view whole = args_[index];
  const std::string_view shown = is_taken(index) ? std::string_view() : whole.substr(0, most);
  std::string text(shown);
  if (shown.size() < whole.size())
    text.append("... (").append(std::to_string(whole.size() - shown.size())).append(" more bytes)");
  return text;
}

}  // namespace aerie
