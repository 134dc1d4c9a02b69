// SPDX-License-Identifier: BSD-3-Clause
//
// Reading of stored strings, whichever form they have: inline bytes, an integer, or a Blob. Views lead into
// the entry or into the caller's scratch, and are good until the entry changes. The encoding that is reported
// follows from the form and the length alone.
#include "aerie/store/string_value.h"

#include "store/entry.h"

namespace aerie {

namespace {

// Redis embeds strings up to this length in their object and calls them embstr.
constexpr size_t kMaxEmbstrLength = 44;

}  // namespace

size_t StringValue::size() const {
  switch (entry_->value_form()) {
    case ValueForm::kInteger:
      return int64_length(entry_->integer());
    case ValueForm::kInline:
      return entry_->inline_length();
    case ValueForm::kBlob:
      return entry_->blob().size();
    case ValueForm::kChunks:
      break;
  }
  AERIE_UNREACHABLE();
}

std::string_view StringValue::bytes(NumberText* scratch) const {
  switch (entry_->value_form()) {
    case ValueForm::kInteger:
      return {scratch->text, format_int64(entry_->integer(), scratch->text)};
    case ValueForm::kInline:
      return entry_->inline_value();
    case ValueForm::kBlob:
      return entry_->blob().view();
    case ValueForm::kChunks:
      break;
  }
  AERIE_UNREACHABLE();
}

std::optional<int64_t> StringValue::integer() const {
  if (entry_->value_form() != ValueForm::kInteger) return std::nullopt;
  return entry_->integer();
}

std::optional<int64_t> StringValue::to_integer() const {
  if (entry_->value_form() == ValueForm::kInteger) return entry_->integer();
  NumberText scratch;
  return parse_int64(bytes(&scratch));
}

Encoding StringValue::encoding() const {
  switch (entry_->value_form()) {
    case ValueForm::kInteger:
      return Encoding::kInt;
    case ValueForm::kInline:
      return !entry_->has(Entry::kRawString) && entry_->inline_length() <= kMaxEmbstrLength
                 ? Encoding::kEmbstr
                 : Encoding::kRaw;
    case ValueForm::kBlob:
      return Encoding::kRaw;
    case ValueForm::kChunks:
      break;
  }
  AERIE_UNREACHABLE();
}

}  // namespace aerie
