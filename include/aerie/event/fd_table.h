// SPDX-License-Identifier: BSD-3-Clause
//
// Which handler watches which descriptor, what news each one has, and in which order they are served: a table
// indexed by descriptor, through which a FIFO of the ready ones is threaded. 16 bytes per descriptor, nothing
// else; a descriptor is in the FIFO at most once, its news gather in bits. Knows no system call and no time.
//
//      fd        3           4           5           6
//      slots  [handler]   [handler]   [  -    ]   [handler]
//      bits    r  Q         w Q                     r h Q          Q: in the FIFO
//      next     6           -                       4              FIFO: 3 -> 6 -> 4
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "aerie/event/io_handler.h"

namespace aerie {

class FdTable {
 public:
  struct Ready {
    int fd = -1;
    IoHandler* handler = nullptr;
    IoEvents events;
  };

  size_t size() const { return size_; }
  // How many stand in the FIFO; some of them may have lost their handler since.
  size_t ready_count() const { return ready_count_; }

  // The handler of a watched descriptor, or nullptr.
  IoHandler* handler(int fd) const {
    return in_range(fd) ? slots_[static_cast<size_t>(fd)].handler : nullptr;
  }

  // Whether it is watched and has hung up since.
  bool hung_up(int fd) const;

  // REQUIRES: fd >= 0 is not watched; handler != nullptr.
  void insert(int fd, IoHandler* handler);
  // Forgets the handler and all news. REQUIRES: fd is watched.
  void erase(int fd);

  // Adds news (kPollReadable, ...) and puts the descriptor into the FIFO. True when this is the first hang-up
  // since insert. News of a descriptor that is not watched are dropped.
  bool mark(int fd, uint8_t bits);
  // Adds news and puts the descriptor in front of the FIFO; one that is in the FIFO keeps its place.
  void mark_first(int fd, uint8_t bits);

  // Takes the oldest ready descriptor and its news out; false when its handler is gone. REQUIRES:
  // ready_count() > 0.
  bool pop(Ready* out);

 private:
  struct Slot {
    IoHandler* handler = nullptr;
    int32_t next = -1;
    uint8_t bits = 0;
  };

  bool in_range(int fd) const { return fd >= 0 && static_cast<size_t>(fd) < slots_.size(); }
  // The place of a watched descriptor, or nullptr.
  Slot* watched(int fd) { return handler(fd) != nullptr ? &slots_[static_cast<size_t>(fd)] : nullptr; }

  std::vector<Slot> slots_;
  size_t size_ = 0;
  size_t ready_count_ = 0;
  int32_t first_ready_ = -1;
  int32_t last_ready_ = -1;
};

}  // namespace aerie
