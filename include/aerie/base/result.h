// SPDX-License-Identifier: BSD-3-Clause
//
// Errors without exceptions. An operation that can fail because of the system (a file, a socket, a limit)
// returns Status or Result<T>; Error carries the errno and what was being attempted. Errors that a client
// causes are reply texts instead (aerie/resp/reply_errors.h), and bugs are assertions (aerie/base/assert.h).
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "aerie/base/assert.h"

namespace aerie {

struct Error {
  int code = 0;         // errno; 0 when the failure did not come from the system
  std::string context;  // what was attempted, for example "bind 127.0.0.1:6379"

  // "context: strerror(code)", or the context alone when code is 0.
  std::string message() const { return code == 0 ? context : context + ": " + std::strerror(code); }
};

// Success, or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): implicit, so that `return Error{...}` reads well
  Status(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  // REQUIRES: !ok()
  const Error& error() const {
    AERIE_ASSERT(error_.has_value());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

// A T, or an Error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return state_.index() == 0; }
  // REQUIRES: ok()
  T& value() & {
    AERIE_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    AERIE_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    AERIE_ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  // REQUIRES: !ok()
  const Error& error() const {
    AERIE_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

}  // namespace aerie
