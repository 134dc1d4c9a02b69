// SPDX-License-Identifier: BSD-3-Clause
//
// The names of types and encodings that TYPE, OBJECT ENCODING and DEBUG OBJECT show. They are part of the
// protocol: clients compare them, so an encoding of ours carries the name of the Redis encoding whose place
// it takes. Every switch is exhaustive: a new type does not compile without its name.
#include "aerie/store/types.h"

#include "aerie/base/assert.h"

namespace aerie {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kString:
      return "string";
    case Type::kList:
      return "list";
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
    case Encoding::kListpack:
      return "listpack";
    case Encoding::kQuicklist:
      return "quicklist";
  }
  AERIE_UNREACHABLE();
}

}  // namespace aerie
