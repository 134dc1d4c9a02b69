// SPDX-License-Identifier: BSD-3-Clause
//
// The scripts' words and lines: quotes, escapes, and alternatives in braces. A malformed line throws with its
// text.
#include "differential/script.h"

#include <cctype>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace aerie {
namespace {

using Alternatives = std::vector<Words>;

[[noreturn]] void malformed(const std::string& line, const char* why) {
  throw std::runtime_error(std::string("script: ") + why + ": " + line);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Reads the words of one line from left to right.
class LineReader {
 public:
  explicit LineReader(const std::string& line) : line_(line) {}

  bool at_end() {
    while (at_ < line_.size() && line_[at_] == ' ') ++at_;
    return at_ == line_.size();
  }

  // One position of the line: what may stand there.
  Alternatives next() {
    if (line_[at_] != '{') return {{word("")}};
    ++at_;
    Alternatives all(1);
    while (true) {
      while (at_ < line_.size() && line_[at_] == ' ') ++at_;
      if (at_ == line_.size()) malformed(line_, "missing }");
      if (line_[at_] == ',' || line_[at_] == '}') {
        if (line_[at_++] == '}') return all;
        all.emplace_back();
      } else {
        all.back().push_back(word(",}"));
      }
    }
  }

 private:
  std::string word(const char* stops) {
    if (line_[at_] == '"') return double_quoted();
    if (line_[at_] == '\'') return single_quoted();
    if (line_[at_] == '<') return repeated();
    std::string text;
    std::string ends = std::string(" ") + stops;
    while (at_ < line_.size() && ends.find(line_[at_]) == std::string::npos) text += line_[at_++];
    return text;
  }

  std::string double_quoted() {
    std::string text;
    for (++at_; at_ < line_.size() && line_[at_] != '"'; ++at_) {
      text += line_[at_] == '\\' ? escaped() : line_[at_];
    }
    if (at_++ == line_.size()) malformed(line_, "missing quote");
    return text;
  }

  char escaped() {
    if (++at_ == line_.size()) malformed(line_, "unfinished escape");
    switch (line_[at_]) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'a':
        return '\a';
      case 'b':
        return '\b';
      case 'x': {
        if (at_ + 2 >= line_.size()) malformed(line_, "unfinished escape");
        int byte = hex_digit(line_[at_ + 1]) * 16 + hex_digit(line_[at_ + 2]);
        if (byte < 0) malformed(line_, "bad \\x escape");
        at_ += 2;
        return static_cast<char>(byte);
      }
      default:
        return line_[at_];
    }
  }

  std::string single_quoted() {
    size_t end = line_.find('\'', at_ + 1);
    if (end == std::string::npos) malformed(line_, "missing quote");
    std::string text = line_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return text;
  }

  std::string repeated() {
    size_t end = line_.find('>', at_);
    size_t star = line_.rfind('*', end);
    if (end == std::string::npos || star == std::string::npos || star < at_)
      malformed(line_, "bad <text*count>");
    std::string piece = line_.substr(at_ + 1, star - at_ - 1);
    std::string text;
    for (long left = std::stol(line_.substr(star + 1, end - star - 1)); left > 0; --left) text += piece;
    at_ = end + 1;
    return text;
  }

  const std::string& line_;
  size_t at_ = 0;
};

// "c2> GET k" without its first part; the client's name in `client`, '>', '!' or '<' in `mark`.
std::string split_client(const std::string& line, std::string* client, char* mark) {
  size_t at = 0;
  *mark = '>';
  if (line[0] != 'c') return line;
  for (at = 1; at < line.size() && std::isdigit(static_cast<unsigned char>(line[at])) != 0;) ++at;
  if (at == 1 || at == line.size()) return line;
  if (line[at] != '>' && line[at] != '!' && line[at] != '<') return line;
  *client = line.substr(0, at);
  *mark = line[at];
  return line.substr(at + 1);
}

std::string after_word(const std::string& line, const std::string& word) {
  return line.size() > word.size() ? line.substr(word.size() + 1) : "";
}

bool starts_with_word(const std::string& line, const std::string& word) {
  return line.rfind(word, 0) == 0 && (line.size() == word.size() || line[word.size()] == ' ');
}

void add_commands(const std::string& text, ScriptLine line, std::vector<ScriptLine>* out) {
  for (Words& words : expand_line(text)) {
    line.words = std::move(words);
    out->push_back(line);
  }
}

// Lines that are a word, and at most one argument: its value is a client's name, a number, or words.
bool parse_directive(const std::string& text, ScriptLine line, std::vector<ScriptLine>* out) {
  using Kind = ScriptLine::Kind;
  static const std::map<std::string, Kind> kDirectives = {
      {"sleep", Kind::kSleep},     {"blocked", Kind::kBlocked}, {"closed", Kind::kClosed},
      {"close", Kind::kClose},     {"told", Kind::kTold},       {"state", Kind::kState},
      {"prepare", Kind::kPrepare}, {"check", Kind::kCheck},     {"scan", Kind::kScan},
      {"calls", Kind::kCalls},
  };
  const std::string word = text.substr(0, text.find(' '));
  const auto found = kDirectives.find(word);
  if (found == kDirectives.end()) return false;
  const std::string argument = after_word(text, word);
  line.kind = found->second;
  switch (line.kind) {
    case Kind::kScan:
    case Kind::kCalls:
      add_commands(argument, line, out);
      return true;
    case Kind::kSleep:
    case Kind::kBlocked:
      line.amount = std::stoi(argument);
      break;
    case Kind::kClose:
    case Kind::kClosed:
      line.client = argument;
      break;
    default:
      if (!argument.empty()) return false;
  }
  out->push_back(line);
  return true;
}

void parse_line(const std::string& text, int number, std::vector<ScriptLine>* out) {
  using Kind = ScriptLine::Kind;
  ScriptLine line;
  line.number = number;
  if (parse_directive(text, line, out)) return;
  std::string rest = text;
  if (starts_with_word(text, "prepare") || starts_with_word(text, "check")) {
    line.kind = text[0] == 'p' ? Kind::kPrepare : Kind::kCheck;
    rest = text.substr(text.find(' ') + 1);
  }
  char mark = '>';
  rest = split_client(rest, &line.client, &mark);
  if (mark == '!') line.kind = Kind::kSend;
  if (mark == '<') line.kind = Kind::kRead;
  add_commands(rest, line, out);
}

}  // namespace

std::vector<Words> expand_line(const std::string& line) {
  std::vector<Words> all(1);
  LineReader reader(line);
  while (!reader.at_end()) {
    Alternatives here = reader.next();
    std::vector<Words> longer;
    for (const Words& begin : all) {
      for (const Words& alternative : here) {
        longer.push_back(begin);
        longer.back().insert(longer.back().end(), alternative.begin(), alternative.end());
      }
    }
    all = std::move(longer);
  }
  return all;
}

std::vector<ScriptCase> parse_script(const std::string& text) {
  std::vector<ScriptCase> cases;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      cases.push_back({line.substr(1, line.size() - 2), {}});
      continue;
    }
    if (cases.empty()) throw std::runtime_error("script: a command stands before the first [case]");
    parse_line(line, number, &cases.back().lines);
  }
  return cases;
}

std::vector<ScriptCase> load_script(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("script: cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return parse_script(text.str());
}

}  // namespace aerie
