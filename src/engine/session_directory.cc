// SPDX-License-Identifier: BSD-3-Clause
//
// The directory is a vector sorted by id: ids only grow, so adding appends, and a removal leaves an empty
// slot until half of the slots are empty. Sixteen bytes per client, and CLIENT LIST comes out in order.
#include "aerie/engine/session_directory.h"

#include <algorithm>

#include "aerie/base/assert.h"
#include "aerie/engine/session.h"

namespace aerie {

void SessionDirectory::add(Session& session) {
  AERIE_ASSERT(slots_.empty() || slots_.back().id < session.id);
  slots_.push_back(Slot{session.id, &session});
  ++size_;
}

void SessionDirectory::remove(uint64_t id) {
  const auto place = std::lower_bound(slots_.begin(), slots_.end(), id,
                                      [](const Slot& slot, uint64_t wanted) { return slot.id < wanted; });
  AERIE_ASSERT(place != slots_.end() && place->id == id && place->session != nullptr);
  place->session = nullptr;
  --size_;
  if (slots_.size() > 64 && size_ < slots_.size() / 2) {
    std::erase_if(slots_, [](const Slot& slot) { return slot.session == nullptr; });
  }
}

Session* SessionDirectory::find(uint64_t id) const {
  const auto place = std::lower_bound(slots_.begin(), slots_.end(), id,
                                      [](const Slot& slot, uint64_t wanted) { return slot.id < wanted; });
  return place != slots_.end() && place->id == id ? place->session : nullptr;
}

}  // namespace aerie
