// SPDX-License-Identifier: BSD-3-Clause
//
// Building Reply trees bottom-up with an explicit stack, and writing them back as text or bytes. A value is
// read only when it is whole (a line, or a bulk with its CRLF), so the state between two calls is the stack
// of open aggregates and the bytes not parsed yet.
#include "aerie/resp/reply_parser.h"

#include <algorithm>
#include <utility>

#include "aerie/base/number.h"

namespace aerie {
namespace {

constexpr size_t kKeptPrefix = 64 * 1024;

void append_printable(std::string* out, std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      *out += '\\';
      *out += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      *out += c;
    } else {
      out->append("\\x").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    }
  }
}

void append_elements(std::string* out, const std::vector<Reply>& elements) {
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i != 0) *out += ", ";
    *out += elements[i].to_string();
  }
}

}  // namespace

std::string Reply::to_string() const {
  std::string out;
  if (!attributes.empty()) {
    out += "|{";
    append_elements(&out, attributes);
    out += "} ";
  }
  if (null) return out + (type == '_' ? "nil" : std::string(1, type) + "nil");
  if (is_aggregate()) {
    out += type;
    out += '[';
    append_elements(&out, elements);
    return out + ']';
  }
  if (type != '$') out += type;
  if (type == '$' || type == '=' || type == '!') out += '"';
  append_printable(&out, text);
  if (type == '$' || type == '=' || type == '!') out += '"';
  return out;
}

std::string Reply::encode() const {
  std::string out;
  if (!attributes.empty()) {
    out += '|' + std::to_string(attributes.size() / 2) + "\r\n";
    for (const Reply& attribute : attributes) out += attribute.encode();
  }
  out += type;
  if (null) return out + (type == '_' ? "\r\n" : "-1\r\n");
  if (is_aggregate()) {
    out += std::to_string(type == '%' ? elements.size() / 2 : elements.size()) + "\r\n";
    for (const Reply& element : elements) out += element.encode();
    return out;
  }
  if (type == '$' || type == '=' || type == '!') out += std::to_string(text.size()) + "\r\n";
  return out + text + "\r\n";
}

void ReplyParser::feed(std::string_view bytes) {
  if (at_ >= kKeptPrefix || at_ == buffer_.size()) {
    buffer_.erase(0, at_);
    scanned_ -= std::min(scanned_, at_);
    at_ = 0;
  }
  buffer_.append(bytes);
}

ReplyParser::Step ReplyParser::fail(std::string_view message) {
  error_ = message;
  return Step::kFailed;
}

std::optional<Reply> ReplyParser::next() {
  std::optional<Reply> whole;
  while (!failed() && !whole) {
    Reply value;
    switch (read_one(&value)) {
      case Step::kNeedMore:
      case Step::kFailed:
        return std::nullopt;
      case Step::kOpened:
        break;
      case Step::kValue:
        deliver(std::move(value), &whole);
        break;
    }
  }
  return whole;
}

std::vector<Reply>& ReplyParser::pending_attributes() {
  return stack_.empty() ? top_attributes_ : stack_.back().pending_attributes;
}

// Puts a finished value into the aggregate it belongs to, and finishes those that become full.
void ReplyParser::deliver(Reply value, std::optional<Reply>* whole) {
  value.attributes = std::exchange(pending_attributes(), {});
  while (true) {
    if (stack_.empty()) {
      *whole = std::move(value);
      return;
    }
    Frame& top = stack_.back();
    top.reply.elements.push_back(std::move(value));
    if (--top.left != 0) return;
    Frame done = std::move(top);
    stack_.pop_back();
    if (done.is_attribute) {
      pending_attributes() = std::move(done.reply.elements);
      return;
    }
    value = std::move(done.reply);
    value.attributes = std::exchange(pending_attributes(), {});
  }
}

ReplyParser::Step ReplyParser::read_one(Reply* value) {
  if (at_ == buffer_.size()) return Step::kNeedMore;
  const size_t end = buffer_.find("\r\n", std::max(scanned_, at_ + 1));
  if (end == std::string::npos) {
    scanned_ = buffer_.size() - 1;
    return Step::kNeedMore;
  }
  const char type = buffer_[at_];
  const std::string_view line = std::string_view(buffer_).substr(at_ + 1, end - at_ - 1);
  const size_t body_at = end + 2;
  value->type = type;
  switch (type) {
    case '$':
    case '=':
    case '!':
      return read_bulk(line, body_at, value);
    case '*':
    case '%':
    case '~':
    case '>':
    case '|':
      return open_aggregate(line, body_at, value);
    default:
      return read_line(line, body_at, value);
  }
}

ReplyParser::Step ReplyParser::read_line(std::string_view line, size_t body_at, Reply* value) {
  switch (value->type) {
    case ':': {
      const std::optional<int64_t> number = parse_int64(line);
      if (!number) return fail("not an integer");
      value->integer = *number;
      break;
    }
    case '#':
      if (line != "t" && line != "f") return fail("not a boolean");
      value->integer = line == "t" ? 1 : 0;
      break;
    case '_':
      if (!line.empty()) return fail("null with text");
      value->null = true;
      break;
    case '+':
    case '-':
    case ',':
    case '(':
      break;
    default:
      return fail("unknown type byte");
  }
  value->text = line;
  at_ = body_at;
  return Step::kValue;
}

ReplyParser::Step ReplyParser::read_bulk(std::string_view line, size_t body_at, Reply* value) {
  const std::optional<int64_t> size = parse_int64(line);
  if (size == -1 && value->type == '$') {
    value->null = true;
    at_ = body_at;
    return Step::kValue;
  }
  if (!size || *size < 0 || static_cast<uint64_t>(*size) > kMaxBulkBytes) return fail("bad bulk length");
  const auto bytes = static_cast<size_t>(*size);
  if (value->type == '=' && bytes < 4) return fail("verbatim text without a format");
  if (buffer_.size() - body_at < bytes + 2) return Step::kNeedMore;
  if (buffer_.compare(body_at + bytes, 2, "\r\n") != 0) return fail("no CRLF behind a bulk");
  value->text = buffer_.substr(body_at, bytes);
  at_ = body_at + bytes + 2;
  return Step::kValue;
}

ReplyParser::Step ReplyParser::open_aggregate(std::string_view line, size_t body_at, Reply* value) {
  const std::optional<int64_t> count = parse_int64(line);
  const bool pairs = value->type == '%' || value->type == '|';
  if (count == -1 && value->type == '*') {
    value->null = true;
    at_ = body_at;
    return Step::kValue;
  }
  if (!count || *count < 0 || *count > INT64_MAX / 2) return fail("bad element count");
  const bool is_attribute = value->type == '|';
  if (is_attribute && !pending_attributes().empty()) return fail("attribute behind an attribute");
  at_ = body_at;
  if (*count == 0) return is_attribute ? Step::kOpened : Step::kValue;
  if (stack_.size() == kMaxDepth) return fail("nested too deeply");
  stack_.push_back({std::move(*value), static_cast<size_t>(*count) * (pairs ? 2 : 1), is_attribute, {}});
  return Step::kOpened;
}

}  // namespace aerie
