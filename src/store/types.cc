// SPDX-License-Identifier: BSD-3-Clause
//
// Public names of
// types and
// encodings.
#include "aerie/store/types.h"

#include "aerie/base/assert.h"

namespace aerie {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kString:
      return "string";
  }
  AERIE_UNREACHABLE();
}

std::string_view encoding_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::kInt:
      return "int";
    case Encoding::kEmbstr:
      return "embstr";
    case Encoding::kRaw:
      return "raw";
  }
  AERIE_UNREACHABLE();
}

}  // namespace aerie
