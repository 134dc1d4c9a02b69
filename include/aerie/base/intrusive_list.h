// SPDX-License-Identifier: BSD-3-Clause
//
// A doubly linked list whose links live in the elements: no allocation, O(1) removal of a known element, and
// an element leaves its list by itself when it is destroyed. The list owns nothing; elements must outlive
// their membership, which their destructor ends. An element that is in several lists inherits one ListNode
// per Tag.
//
//      list: root_ <-> a <-> b <-> c <-> back to root_
#pragma once

#include <cstddef>

#include "aerie/base/assert.h"

namespace aerie {

template <typename Tag = void>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  bool linked() const { return next_ != this; }
  // Leaves the list; nothing happens when not in one.
  void unlink() {
    prev_->next_ = next_;
    next_->prev_ = prev_;
    prev_ = next_ = this;
  }

 private:
  template <typename T, typename ListTag>
  friend class IntrusiveList;

  ListNode* prev_ = this;
  ListNode* next_ = this;
};

// REQUIRES: T derives from ListNode<Tag>.
template <typename T, typename Tag = void>
class IntrusiveList {
  using Node = ListNode<Tag>;

 public:
  class Iterator {
   public:
    explicit Iterator(Node* node) : node_(node) {}
    T& operator*() const { return *static_cast<T*>(node_); }
    T* operator->() const { return static_cast<T*>(node_); }
    Iterator& operator++() {
      node_ = node_->next_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    Node* node_;
  };

  IntrusiveList() = default;
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() { clear(); }

  bool empty() const { return !root_.linked(); }
  // Walks the list: O(n).
  size_t size() const {
    size_t n = 0;
    for (const Node* node = root_.next_; node != &root_; node = node->next_) ++n;
    return n;
  }

  // REQUIRES: !empty()
  T& front() {
    AERIE_ASSERT(!empty());
    return *static_cast<T*>(root_.next_);
  }
  T& back() {
    AERIE_ASSERT(!empty());
    return *static_cast<T*>(root_.prev_);
  }

  // REQUIRES: element is in no list of this Tag.
  void push_back(T& element) { insert_before(&root_, element); }
  void push_front(T& element) { insert_before(root_.next_, element); }
  // Unlinks and returns the first element, or nullptr.
  T* pop_front() {
    if (empty()) return nullptr;
    T& first = front();
    static_cast<Node&>(first).unlink();
    return &first;
  }
  void erase(T& element) { static_cast<Node&>(element).unlink(); }

  // Moves all elements of `other` behind those of this list, in O(1).
  void append(IntrusiveList& other) {
    if (other.empty()) return;
    Node* first = other.root_.next_;
    Node* last = other.root_.prev_;
    other.root_.prev_ = other.root_.next_ = &other.root_;
    first->prev_ = root_.prev_;
    root_.prev_->next_ = first;
    last->next_ = &root_;
    root_.prev_ = last;
  }
  // Unlinks every element: O(n).
  void clear() {
    while (!empty()) root_.next_->unlink();
  }

  // The current element must not be unlinked while iterating; take the next one first.
  Iterator begin() { return Iterator(root_.next_); }
  Iterator end() { return Iterator(&root_); }

 private:
  static void insert_before(Node* place, T& element) {
    Node* node = &static_cast<Node&>(element);
    AERIE_ASSERT(!node->linked());
    node->prev_ = place->prev_;
    node->next_ = place;
    place->prev_->next_ = node;
    place->prev_ = node;
  }

  Node root_;
};

}  // namespace aerie
