// SPDX-License-Identifier: BSD-3-Clause
//
// The answer to Database::find<T>: the key is missing,
// holds another type, or is there.
#pragma once

#include "aerie/base/assert.h"

namespace aerie {

template <typename T>
class Lookup {
 public:
  static Lookup missing() { return Lookup(State::kMissing, T()); }
  static Lookup wrong_type() { return Lookup(State::kOtherType, T()); }
  static Lookup found(T value) { return Lookup(State::kFound, value); }

  // True when the key exists and holds a T.
  explicit operator bool() const { return state_ == State::kFound; }
  bool is_missing() const { return state_ == State::kMissing; }
  // The key exists and holds another type: the command answers WRONGTYPE.
  bool is_wrong_type() const { return state_ == State::kOtherType; }

  // REQUIRES: bool(*this).
  const T* operator->() const {
    AERIE_ASSERT(state_ == State::kFound);
    return &value_;
  }
  const T& operator*() const {
    AERIE_ASSERT(state_ == State::kFound);
    return value_;
  }

 private:
  enum class State : unsigned char { kMissing, kOtherType, kFound };
  Lookup(State state, T value) : state_(state), value_(value) {}
  State state_;
  T value_;
};

}  // namespace aerie
