// SPDX-License-Identifier: BSD-3-Clause
//
// Session: allocation
// of the seldom used
// part.
#include "aerie/engine/session.h"

namespace aerie {

SessionDetails& Session::details() {
  if (details_ == nullptr) details_ = std::make_unique<SessionDetails>();
  return *details_;
}

}  // namespace aerie
