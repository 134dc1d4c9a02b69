// SPDX-License-Identifier: BSD-3-Clause
//
// Leftovers: one list per kind, freed from its end, since nobody minds the order. Below one slice a thing is
// not worth waiting for and goes at once. The slices themselves are cut where the memory is known: HeldInput,
// RequestAssembler, and base/sliced_free.h.
#include "server/leftovers.h"

#include <utility>

#include "aerie/base/sliced_free.h"

namespace aerie {

void Leftovers::add(std::unique_ptr<HeldInput> held) {
  if (held == nullptr) return;
  add(held->take_assembler());
  if (held->size() > kFreeSliceBytes) held_.push_back(std::move(held));
}

void Leftovers::add(std::unique_ptr<RequestAssembler> assembler) {
  if (assembler != nullptr && assembler->memory_bytes() > kFreeSliceBytes)
    assemblers_.push_back(std::move(assembler));
}

bool Leftovers::free_some() {
  if (!held_.empty()) {
    if (!held_.back()->free_some()) held_.pop_back();
  } else if (!assemblers_.empty()) {
    if (!assemblers_.back()->free_some()) assemblers_.pop_back();
  }
  return any();
}

size_t Leftovers::bytes() const {
  size_t bytes = 0;
  for (const auto& held : held_) bytes += held->memory_bytes();
  for (const auto& assembler : assemblers_) bytes += assembler->memory_bytes();
  return bytes;
}

}  // namespace aerie
