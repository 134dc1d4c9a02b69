// SPDX-License-Identifier: BSD-3-Clause
//
// Session: the part that is seldom used (transaction, watches, names) is allocated when it is first needed,
// so that an idle client costs its fixed fields only. What reads and writes the hot fields is inline in the
// header.
#include "aerie/engine/session.h"

namespace aerie {

SessionDetails& Session::details() {
  if (details_ == nullptr) details_ = std::make_unique<SessionDetails>();
  return *details_;
}

}  // namespace aerie
