// SPDX-License-Identifier: BSD-3-Clause
//
// The options oom-score-adj and oom-score-adj-values: whom the kernel ends first when memory runs out. Of the
// three values the first is the server's; the others are for replicas and children, which do not exist yet.
#pragma once

#include <cstdint>
#include <optional>

#include "aerie/base/result.h"
#include "aerie/engine/settings.h"

namespace aerie {

class OomScore {
 public:
  // Gives the process the score that the options ask for, or the one it had before the first of them did.
  // What fails is in the log. Does nothing where there is no such score.
  Status apply(const Settings& settings);

 private:
  std::optional<int64_t> former_;  // what the score was; set while it is ours
};

}  // namespace aerie
