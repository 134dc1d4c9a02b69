// SPDX-License-Identifier: BSD-3-Clause
//
// The one list of command families. A new family is one more line in src/commands/families.cc
// (docs/adding_a_command.md).
#pragma once

#include <span>

#include "aerie/engine/command_spec.h"

namespace aerie {

// The rows of all commands, family by family; static storage.
std::span<const std::span<const CommandSpec>> command_families();

}  // namespace aerie
