// SPDX-License-Identifier: BSD-3-Clause
//
// What the programs that write pages of docs/ from tables share: the choice between writing the page to
// stdout and comparing it with the file, and the escape of a table's cells.
#pragma once

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

namespace aerie {

// A cell of a table must not contain the separator.
inline std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) out.append(c == '|' ? "\\|" : std::string(1, c));
  return out;
}

// The exit code of the program.
inline int write_or_check(int argc, char** argv, const std::string& page) {
  if (argc == 1) {
    std::cout << page;
    return 0;
  }
  if (argc != 3 || std::string_view(argv[1]) != "--check") {
    std::cerr << "usage: " << argv[0] << " [--check FILE]\n";
    return 2;
  }
  std::ifstream file(argv[2]);
  std::ostringstream found;
  found << file.rdbuf();
  if (found.str() == page) return 0;
  std::cerr << argv[2] << " is out of date: write it again with " << argv[0] << " > " << argv[2] << "\n";
  return 1;
}

}  // namespace aerie
