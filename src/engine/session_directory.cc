// SPDX-License-Identifier: BSD-3-Clause
//
// The directory is a vector sorted by id: ids only grow, so adding appends, and a removal leaves an empty
// slot until half of the slots are empty. Sixteen bytes per client, and CLIENT LIST comes out in order.
#include "aerie/engine/session_directory.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "aerie/base/assert.h"
#include "aerie/engine/acl_user.h"
#include "aerie/engine/session.h"

namespace aerie {

void SessionDirectory::add(Session& session) {
  AERIE_ASSERT(slots_.empty() || slots_.back().id < session.id);
  slots_.push_back(Slot{session.id, &session});
  if (first_user != nullptr) {
    session.user = first_user;
    session.authenticated = first_user->needs_no_password();
  }
  ++size_;
}

// Ids without a gap lie where their distance says; gaps only ever move a slot towards the front.
SessionDirectory::Slot* SessionDirectory::slot_of(uint64_t id) {
  return const_cast<Slot*>(std::as_const(*this).slot_of(id));
}

const SessionDirectory::Slot* SessionDirectory::slot_of(uint64_t id) const {
  if (slots_.empty() || id < slots_.front().id) return nullptr;
  const uint64_t farthest = std::min<uint64_t>(id - slots_.front().id, slots_.size() - 1);
  if (slots_[farthest].id == id) return &slots_[farthest];
  const auto end = slots_.begin() + static_cast<std::ptrdiff_t>(farthest);
  const auto place = std::lower_bound(slots_.begin(), end, id,
                                      [](const Slot& slot, uint64_t wanted) { return slot.id < wanted; });
  return place != end && place->id == id ? &*place : nullptr;
}

void SessionDirectory::set_input_bytes(Session& session, size_t bytes) {
  input_bytes_ -= session.input_bytes;
  session.input_bytes = static_cast<uint32_t>(std::min<size_t>(bytes, UINT32_MAX));
  input_bytes_ += session.input_bytes;
}

void SessionDirectory::remove(uint64_t id) {
  Slot* const place = slot_of(id);
  AERIE_ASSERT(place != nullptr && place->session != nullptr);
  set_input_bytes(*place->session, 0);
  place->session = nullptr;
  --size_;
  if (slots_.size() > 64 && size_ < slots_.size() / 2) {
    std::erase_if(slots_, [](const Slot& slot) { return slot.session == nullptr; });
  }
}

Session* SessionDirectory::find(uint64_t id) const {
  const Slot* const place = slot_of(id);
  return place != nullptr ? place->session : nullptr;
}

}  // namespace aerie
