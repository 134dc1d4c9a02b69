// SPDX-License-Identifier: BSD-3-Clause
//
// Rows in words. Every kind has a name for readers here; ranges that only say "any number of its width" are
// shown by their lower end alone.
#include "aerie/engine/option_list.h"

#include <limits>

#include "aerie/base/assert.h"
#include "engine/option_rows.h"

namespace aerie {

namespace {

std::string type_of(const OptionRow& row) {
  switch (row.kind) {
    case OptionKind::kYesNo:
      return "yes or no";
    case OptionKind::kInteger:
      return "number";
    case OptionKind::kOctal:
      return "octal mode";
    case OptionKind::kMemory:
      return "size in bytes";
    case OptionKind::kWord:
      return "word";
    case OptionKind::kWordFlags:
      return "words";
    case OptionKind::kText:
      return "text";
    case OptionKind::kWords:
      return "list of texts";
    case OptionKind::kChecked:
      return std::string(row.form);
  }
  AERIE_UNREACHABLE();
}

std::string digits(const OptionRow& row, int64_t value) {
  if (row.kind != OptionKind::kOctal) return std::to_string(value);
  std::string text;
  for (; value > 0; value /= 8) text.insert(text.begin(), static_cast<char>('0' + value % 8));
  return text.empty() ? "0" : text;
}

std::string values_of(const OptionRow& row) {
  std::string values;
  for (std::string_view word : row.words) values.append(values.empty() ? "" : ", ").append(word);
  const bool numeric =
      row.kind == OptionKind::kInteger || row.kind == OptionKind::kOctal || row.kind == OptionKind::kMemory;
  if (!numeric) return values;
  if (row.most < std::numeric_limits<int32_t>::max()) {
    return digits(row, row.least) + " to " + digits(row, row.most);
  }
  return row.least == std::numeric_limits<int32_t>::min() ? "" : digits(row, row.least) + " or more";
}

OptionInfo::SetBy set_by(const OptionRow& row) {
  if (row.has(kDirectiveOnly)) return OptionInfo::SetBy::kDirectiveOnly;
  if (row.has(kGuarded)) return OptionInfo::SetBy::kStartGuarded;
  return row.has(kImmutable) ? OptionInfo::SetBy::kStart : OptionInfo::SetBy::kConfigSet;
}

OptionInfo::Effect effect_of(const OptionRow& row) {
  if (row.has(kUnsupported)) return OptionInfo::Effect::kRefused;
  return row.has(kWithoutEffect) ? OptionInfo::Effect::kNone : OptionInfo::Effect::kWorks;
}

}  // namespace

std::vector<OptionInfo> option_list() {
  std::vector<OptionInfo> list;
  for (const OptionRow& row : option_rows()) {
    list.push_back(
        {row.name, row.alias, type_of(row), values_of(row), initial_value(row), set_by(row), effect_of(row)});
  }
  return list;
}

}  // namespace aerie
