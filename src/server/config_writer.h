// SPDX-License-Identifier: BSD-3-Clause
//
// The file's side of CONFIG REWRITE. What the new text is says aerie/engine/config_rewrite.h; here it is put
// in the place of the old one such that whatever happens, the old file or the new one is there, whole.
#pragma once

#include <string>
#include <string_view>

#include "aerie/base/result.h"

namespace aerie {

class Config;

// Puts a new text in the place of a file's old one; where there is no file, it is made. A file keeps its
// mode. Waits for the disk. `kind` is what the log calls the file ("config"). What failed is in the log; the
// error has the errno.
Status replace_file(const std::string& path, std::string_view text, const std::string& kind);

// Makes the file say what the options are now; where there is none, it is made. A file keeps its mode. Waits
// for the disk. What failed is in the log; the error has the errno.
Status write_config_file(const std::string& path, const Config& config);

}  // namespace aerie
