// SPDX-License-Identifier: BSD-3-Clause
//
// Runs commands in process the way the server does: refresh the time, run, take the output of every session
// on the dirty list, start the next turn. Everything that a session borrowed is given back before the fixture
// dies, so a leak is a leak of the product.
#include "support/engine_fixture.h"

#include <gtest/gtest.h>
#include <sys/uio.h>

#include "aerie/commands/families.h"
#include "aerie/engine/command_context.h"

namespace aerie {

namespace {

std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    if (!word.empty()) words.push_back(word == "''" ? std::string_view() : word);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

Config& load(Config& config, EngineFixture::Options options) {
  for (const auto& [name, value] : options) {
    const std::string word(value);
    const Status loaded = config.load(name, std::span<const std::string>(&word, 1));
    EXPECT_TRUE(loaded.ok()) << name << ": " << (loaded.ok() ? std::string() : loaded.error().message());
  }
  return config;
}

std::vector<std::span<const CommandSpec>> families_and(std::span<const CommandSpec> more_commands) {
  std::vector<std::span<const CommandSpec>> families(command_families().begin(), command_families().end());
  families.push_back(more_commands);
  return families;
}

}  // namespace

EngineFixture::EngineFixture(Options options, std::span<const CommandSpec> more_commands)
    : families_(families_and(more_commands)),
      engine_(load(config_, options), clock_, families_, HashSeed::fixed(7)) {
  engine_.random = Random(7);
  engine_.executor.set_max_batch_ticks(UINT64_MAX);
}

EngineFixture::~EngineFixture() {
  for (auto& [number, client] : clients_) {
    engine_.executor.forget(*client.session);
    engine_.sessions.remove(client.session->id);
  }
}

EngineFixture::Client& EngineFixture::client_at(size_t client) {
  Client& found = clients_[client];
  if (found.session == nullptr) {
    found.session = std::make_unique<Session>(engine_.sessions.next_id(), clock_.monotonic_us());
    engine_.sessions.add(*found.session);
  }
  return found;
}

Session& EngineFixture::session(size_t client) {
  return *client_at(client).session;
}

void EngineFixture::disconnect(size_t client) {
  Session& ended = session(client);
  engine_.executor.forget(ended);
  engine_.sessions.remove(ended.id);
  clients_.erase(client);
}

std::string EngineFixture::take_output(Session& session) {
  std::string bytes;
  if (session.output != nullptr) {
    iovec pieces[64];
    while (!session.output->empty()) {
      const int count = session.output->gather(pieces, 64);
      size_t size = 0;
      for (int i = 0; i < count; ++i) {
        bytes.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
        size += pieces[i].iov_len;
      }
      session.output->consume(size);
    }
    engine_.executor.output_pool().give_back(session.output);
    session.output = nullptr;
  }
  DirtySessions& dirty = engine_.executor.dirty();
  dirty.carry_over(&engine_.executor.turn_buffer());
  while (dirty.take() != nullptr) {
  }
  return bytes;
}

std::string EngineFixture::run_raw(std::span<const std::string_view> args, size_t client) {
  Session& running = session(client);
  engine_.executor.refresh_time();
  engine_.executor.run(running, args);
  while (engine_.executor.invalidator().work_some()) {
  }
  return take_output(running);
}

Reply EngineFixture::run(std::span<const std::string_view> args, size_t client) {
  const std::string bytes = run_raw(args, client);
  ReplyParser& parser = client_at(client).parser;
  parser.feed(bytes);
  const std::optional<Reply> reply = parser.next();
  EXPECT_TRUE(reply.has_value() && parser.at_boundary()) << "not exactly one reply: " << bytes;
  return reply.value_or(Reply{});
}

std::string EngineFixture::text(std::string_view line, size_t client) {
  return run(split_words(line), client).to_string();
}

std::vector<std::string> EngineFixture::told(size_t client) {
  ReplyParser& parser = client_at(client).parser;
  parser.feed(take_output(session(client)));
  std::vector<std::string> lines;
  while (const std::optional<Reply> reply = parser.next()) lines.push_back(reply->to_string());
  EXPECT_TRUE(parser.at_boundary());
  return lines;
}

std::vector<std::string> EngineFixture::events_of(std::string_view line, size_t client) {
  Session& running = session(client);
  const std::vector<std::string_view> args = split_words(line);
  bool unknown_subcommand = false;
  const Command* command = engine_.command_table.find(args, &unknown_subcommand);
  EXPECT_TRUE(command != nullptr && !unknown_subcommand) << line;
  if (command == nullptr || unknown_subcommand) return {};
  engine_.executor.refresh_time();
  KeyEvents& events = engine_.keyspace.events();
  events.add_interest();
  ReplyWriter& writer = engine_.executor.writer();
  writer.attach(&running.output, running.protocol);
  CommandContext context(engine_, running, *command, args, writer, engine_.keyspace,
                         engine_.keyspace.db(running.db));
  command->spec->run(context);
  writer.detach();
  events.drop_interest();
  take_output(running);
  std::vector<std::string> lines;
  for (const KeyEvent& event : events.take()) {
    if (!event.modified) continue;
    std::string& text = lines.emplace_back(std::to_string(event.db) + ":" + std::string(event.name));
    if (event.scope == KeyEvent::Scope::kKey) text.append(" ").append(event.key);
  }
  return lines;
}

void EngineFixture::advance_clock_ms(int64_t ms) {
  clock_.advance_ms(ms);
  engine_.executor.refresh_time();
}

void EngineFixture::advance_ms(int64_t ms) {
  advance_clock_ms(ms);
  while (engine_.keyspace.expire_due(1000)) {
  }
  engine_.executor.drain_key_events();
  while (engine_.executor.look_through(1000)) {
  }
  while (engine_.executor.end_due_waits(1000)) {
  }
  while (engine_.executor.invalidator().work_some()) {
  }
}

}  // namespace aerie
