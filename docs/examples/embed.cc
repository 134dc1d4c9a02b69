// SPDX-License-Identifier: BSD-3-Clause
//
// Embeds the database in a program: no socket, no loop, no thread. Commands run in process, in the same way
// and with the same replies as over a connection. A program that keeps an engine for long also calls
// Keyspace::expire_due() and Keyspace::free_some() now and then, as the server does between turns.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "aerie/base/clock.h"
#include "aerie/base/hash.h"
#include "aerie/commands/families.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"

int main() {
  aerie::Config config;
  const aerie::SystemClock clock;
  aerie::Engine engine(config, clock, aerie::command_families(), aerie::HashSeed::random());
  aerie::Session session(engine.sessions.next_id(), clock.monotonic_us());
  engine.sessions.add(session);  // from now on it is the user "default"
  const std::vector<std::vector<std::string_view>> requests = {{"SET", "greeting", "hello"},
                                                               {"APPEND", "greeting", ", world"},
                                                               {"GET", "greeting"},
                                                               {"INCR", "greeting"}};
  for (const auto& request : requests) engine.executor.run(session, request);
  iovec pieces[16];
  const int count = session.output->gather(pieces, 16);
  for (int i = 0; i < count; ++i) std::fwrite(pieces[i].iov_base, 1, pieces[i].iov_len, stdout);
  engine.executor.forget(session);
  engine.sessions.remove(session.id);
}
