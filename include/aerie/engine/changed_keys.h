// SPDX-License-Identifier: BSD-3-Clause
//
// Keys that were changed and that clients with CLIENT TRACKING BCAST are not told of yet, by prefix, each
// with the client that changed it last. They are taken in portions that fit one message; within a portion
// keys are sorted and named once, as in Redis. What is added while portions are taken belongs to the next
// round, so that memory is bounded by what changes while one round is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aerie {

class ChangedKeys {
 public:
  struct Change {
    std::string_view key;
    uint64_t client;  // that changed it; 0: nobody did
  };
  // Views are valid until the next call of take().
  struct Portion {
    std::string_view prefix;
    std::vector<Change> changes;
  };
  // Bytes of names in one portion, some for each name included; one name alone may be longer.
  static constexpr size_t kPortionBytes = size_t{64} * 1024;
  static constexpr size_t kBytesPerName = 32;

  // A key changed. It is told to nobody until add_to() says by which prefixes.
  void add(std::string_view key, uint64_t client);
  // The key of the last add() begins with this prefix, which somebody is to be told about.
  void add_to(std::string_view prefix);

  bool empty() const { return gathered_.prefixes.empty() && told_.prefixes.empty(); }
  // The next portion, prefix by prefix in the order of their bytes. False when nothing is left.
  bool take(Portion* portion);

 private:
  struct Key {
    size_t begin;  // in `names`
    size_t size;
    uint64_t client;
  };
  struct Round {
    std::string names;
    std::vector<Key> keys;
    std::map<std::string, std::vector<size_t>, std::less<>> prefixes;  // indexes of keys, in order of change
    void clear();
  };

  Round gathered_;
  Round told_;
  size_t next_ = 0;     // of the indexes of the first prefix of told_
  std::string prefix_;  // of the last portion
};

}  // namespace aerie
