// SPDX-License-Identifier: BSD-3-Clause
//
// The whole database in process, for tests of commands and of the engine: no socket, no thread, a clock that
// moves only when told to. Each request runs as one turn of the loop would run it, through the executor with
// all its gates, and its reply is parsed from the bytes that the client would receive. Several clients, each
// with a session of its own, made on first use; client 0 is the default. A plain class, so that a test may
// have two of them.
//
//   EngineFixture engine;
//   EXPECT_EQ(engine.text("SET key value"), "+OK");
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aerie/base/clock.h"
#include "aerie/engine/command_spec.h"
#include "aerie/engine/config.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_parser.h"

namespace aerie {

class EngineFixture {
 public:
  using Options = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // `options` are directives as on the command line: {{"requirepass", "secret"}}. Fails the test when one is
  // wrong. `more_commands`: rows of the test's own, beside all others.
  explicit EngineFixture(Options options = {}, std::span<const CommandSpec> more_commands = {});
  ~EngineFixture();
  EngineFixture(const EngineFixture&) = delete;
  EngineFixture& operator=(const EngineFixture&) = delete;

  // The reply of one request; fails the test when there is not exactly one.
  Reply run(std::span<const std::string_view> args, size_t client = 0);
  Reply run(std::initializer_list<std::string_view> args, size_t client = 0) {
    return run(std::span<const std::string_view>(args.begin(), args.size()), client);
  }
  // The bytes of whatever the request answered, none or several replies included.
  std::string run_raw(std::span<const std::string_view> args, size_t client = 0);
  std::string run_raw(std::initializer_list<std::string_view> args, size_t client = 0) {
    return run_raw(std::span<const std::string_view>(args.begin(), args.size()), client);
  }
  // A request in words separated by blanks ('' is an empty one) and its reply in one line, as
  // Reply::to_string() has it: +OK, "text", :1, $nil, *["a", :1], -ERR syntax error.
  std::string text(std::string_view line, size_t client = 0);

  // What the client was told since its last request, outside of one of its own: replies of commands that had
  // waited, one line each.
  std::vector<std::string> told(size_t client);

  // The key events of a request that are changes, in order, as "db:event key", or "db:event" for a whole database. Runs the
  // command's function without the executor, which would consume them.
  std::vector<std::string> events_of(std::string_view line, size_t client = 0);

  // Moves both clocks forward, lets keys expire and waits end, as the server's timers would.
  void advance_ms(int64_t ms);
  // Moves the clocks alone: a key past its deadline is still there until somebody looks.
  void advance_clock_ms(int64_t ms);

  Engine& engine() { return engine_; }
  FakeClock& clock() { return clock_; }
  Session& session(size_t client = 0);
  // Ends a client as a closed connection would.
  void disconnect(size_t client);

 private:
  struct Client {
    std::unique_ptr<Session> session;
    ReplyParser parser;
  };

  Client& client_at(size_t client);
  // What is ready to be sent to the client; leaves the turn buffer as the end of a turn does.
  std::string take_output(Session& session);

  FakeClock clock_;
  Config config_;
  std::vector<std::span<const CommandSpec>> families_;
  Engine engine_;
  std::map<size_t, Client> clients_;
};

}  // namespace aerie
