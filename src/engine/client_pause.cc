// SPDX-License-Identifier: BSD-3-Clause
//
// See the header. What is held back is decided by the command's row, and for EXEC by what was queued: the
// transaction as a whole writes or does not.
#include "aerie/engine/client_pause.h"

#include <algorithm>
#include <utility>

#include "aerie/engine/command_spec.h"
#include "aerie/engine/command_table.h"
#include "aerie/engine/session.h"
#include "aerie/engine/session_directory.h"

namespace aerie {

namespace {

// As long as no more clients are held back, nobody asks which of them are gone.
constexpr size_t kHeldBackUnasked = 1024;

}  // namespace

void ClientPause::begin(What what, int64_t until_us) {
  what_ = std::max(what_, what);
  ends_us_ = std::max(ends_us_, until_us);
}

std::vector<uint64_t> ClientPause::end() {
  what_ = What::kNone;
  ends_us_ = 0;
  held_back_limit_ = 0;
  return std::exchange(held_back_, {});
}

bool ClientPause::concerns(const Session& session, const Command& command) const {
  if (what_ == What::kAll || command.spec->has(kWrite | kPublishes)) return true;
  if (!command.spec->has(kEndsTransaction)) return false;
  const SessionDetails* details = session.details_if_any();
  return details != nullptr && details->queue != nullptr && details->queue->writes;
}

void ClientPause::hold_back(Session& session) {
  session.postponed = true;
  // Clients that come and go during a long pause leave nothing behind.
  if (held_back_.size() >= std::max(held_back_limit_, kHeldBackUnasked)) {
    std::erase_if(held_back_, [this](uint64_t id) { return sessions_.find(id) == nullptr; });
    held_back_limit_ = held_back_.size() * 2;
  }
  held_back_.push_back(session.id);
}

}  // namespace aerie
