// SPDX-License-Identifier: BSD-3-Clause
//
// The file's side of CONFIG REWRITE. What the new text is says aerie/engine/config_rewrite.h; here it is put
// in the place of the old one such that whatever happens, the old file or the new one is there, whole.
#pragma once

#include <string>

#include "aerie/base/result.h"

namespace aerie {

class Config;

// Makes the file say what the options are now; where there is none, it is made. A file keeps its mode. Waits
// for the disk. What failed is in the log; the error has the errno.
Status write_config_file(const std::string& path, const Config& config);

}  // namespace aerie
