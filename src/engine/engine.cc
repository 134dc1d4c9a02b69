// SPDX-License-Identifier: BSD-3-Clause
//
// Engine: builds its parts in member order.
#include "aerie/engine/engine.h"

namespace aerie {

Engine::Engine(Config& engine_config, const Clock& engine_clock,
               std::span<const std::span<const CommandSpec>> command_families, const HashSeed& seed)
    : config(engine_config),
      clock(engine_clock),
      command_table(command_families),
      keyspace(static_cast<uint32_t>(engine_config.settings().databases), seed),
      watches(static_cast<uint32_t>(engine_config.settings().databases)),
      random(Random::from_system()),
      executor(*this, engine_clock) {
  stats.commands.resize(command_table.size());
}

}  // namespace aerie
