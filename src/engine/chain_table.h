// SPDX-License-Identifier: BSD-3-Clause
//
// A hash table of nodes that link themselves (members `next` and `hash`), for a million nodes without a
// stall: linear hashing adds one bucket with each insertion and takes one away with each removal, so no
// operation moves more than one chain, and the buckets lie in chunks, so none copies the table. The caller
// sees to it that hashes are keyed. It owns the buckets, not the nodes.
//
//   buckets:  [ 0 .. split )      were split in this round: told apart by one more bit of the hash
//             [ split .. base )   wait for their turn
//             [ base .. base + split )   the other halves of those that were split
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "aerie/base/assert.h"

namespace aerie {

template <typename Node>
class ChainTable {
 public:
  // Memory per node, beyond the node itself.
  static constexpr size_t kBytesPerNode = sizeof(Node*);

  // The first node of this hash for which matches(node) is true, or nullptr.
  template <typename Matches>
  Node* find(uint32_t hash, Matches&& matches) const {
    if (size_ == 0) return nullptr;
    for (Node* node = bucket(bucket_of(hash)); node != nullptr; node = node->next) {
      if (node->hash == hash && matches(*node)) return node;
    }
    return nullptr;
  }

  // Calls fn(node) for all, in no order; fn must not insert or erase.
  template <typename Fn>
  void for_each(Fn&& fn) const {
    if (size_ == 0) return;
    for (size_t i = 0; i < base_ + split_; ++i) {
      for (Node* node = bucket(i); node != nullptr; node = node->next) fn(node);
    }
  }

  void insert(Node* node) {
    if (chunks_.empty()) add_chunk();
    if (size_++ >= base_ + split_) grow();
    push(bucket_of(node->hash), node);
  }

  // REQUIRES: the node is in the table.
  void erase(Node* node) {
    Node** place = &bucket(bucket_of(node->hash));
    for (; *place != node; place = &(*place)->next) AERIE_ASSERT(*place != nullptr);
    *place = node->next;
    --size_;
    if (base_ + split_ > kChunk && size_ < (base_ + split_) / 4) shrink();
  }

 private:
  static constexpr size_t kChunk = 512;
  using Chunk = std::array<Node*, kChunk>;

  Node*& bucket(size_t index) const { return (*chunks_[index / kChunk])[index % kChunk]; }

  size_t bucket_of(uint32_t hash) const {
    const size_t index = hash & (base_ - 1);
    return index < split_ ? hash & (2 * base_ - 1) : index;
  }

  void push(size_t index, Node* node) {
    node->next = bucket(index);
    bucket(index) = node;
  }

  void add_chunk() { chunks_.push_back(std::make_unique<Chunk>()); }

  void grow() {
    if (base_ + split_ == chunks_.size() * kChunk) add_chunk();
    Node* node = std::exchange(bucket(split_), nullptr);
    ++split_;
    while (node != nullptr) {
      Node* const next = node->next;
      push(bucket_of(node->hash), node);
      node = next;
    }
    if (split_ < base_) return;
    base_ *= 2;
    split_ = 0;
  }

  void shrink() {
    if (split_ == 0) {
      base_ /= 2;
      split_ = base_;
    }
    --split_;
    Node* node = std::exchange(bucket(base_ + split_), nullptr);
    while (node != nullptr) {
      Node* const next = node->next;
      push(split_, node);
      node = next;
    }
    if ((base_ + split_) % kChunk == 0) chunks_.pop_back();
  }

  std::vector<std::unique_ptr<Chunk>> chunks_;
  size_t base_ = kChunk;  // a power of two
  size_t split_ = 0;
  size_t size_ = 0;
};

}  // namespace aerie
