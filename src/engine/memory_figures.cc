// SPDX-License-Identifier: BSD-3-Clause
//
// memory_figures(): the sum over all clients is made when somebody asks, so that no client is asked about its
// memory while it works.
#include "aerie/engine/memory_figures.h"

#include "aerie/engine/client_line.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"

namespace aerie {

namespace {

// Without pushes, which wait for many clients and are there once.
size_t own_memory(const Engine& engine, const Session& session) {
  const OutputQueue* const output = session.output;
  const size_t shared = output != nullptr ? output->memory_bytes() - output->own_memory_bytes() : 0;
  return client_memory(engine, session) - shared;
}

}  // namespace

MemoryFigures memory_figures(const Engine& engine) {
  MemoryFigures figures;
  figures.keyspace = engine.keyspace.memory();
  figures.keyspace.to_be_freed += engine.bytes_to_be_freed() + engine.facts.input_to_be_freed;
  figures.clients =
      engine.blocked.queue_bytes() + engine.subscriptions.topic_bytes() + OutputBlock::shared_bytes_alive();
  engine.sessions.for_each([&](const Session& session) { figures.clients += own_memory(engine, session); });
  return figures;
}

}  // namespace aerie
