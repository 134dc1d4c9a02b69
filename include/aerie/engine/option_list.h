// SPDX-License-Identifier: BSD-3-Clause
//
// The options table for readers: what each row accepts and promises, in words. For pages and for tests that
// go through all options; to read and set values is the business of config.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aerie {

struct OptionInfo {
  enum class SetBy : uint8_t {
    kConfigSet,      // at any time, by CONFIG SET too
    kStart,          // by the configuration file and the command line
    kStartGuarded,   // likewise; CONFIG SET says that it is protected
    kDirectiveOnly,  // a line of the file or the command line that CONFIG does not know
  };
  enum class Effect : uint8_t {
    kWorks,
    kNone,     // accepted and shown; there is nothing yet that it could change
    kRefused,  // anything but the initial value is an error
  };

  std::string_view name;
  std::string_view alias;  // an old name that still works; empty: none
  std::string type;        // "yes or no", "number", ...
  std::string values;      // a range or the words; empty: anything of the type
  std::string initial;     // as CONFIG GET shows it
  SetBy set_by = SetBy::kConfigSet;
  Effect effect = Effect::kWorks;
};

// In the order of the table.
std::vector<OptionInfo> option_list();

}  // namespace aerie
