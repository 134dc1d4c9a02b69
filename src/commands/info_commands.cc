// SPDX-License-Identifier: BSD-3-Clause
//
// INFO: which sections a request asks for. What they say is in info_sections.cc and info_counters.cc. A
// section that is asked for twice is shown once, in the order of the table.
#include <vector>

#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "commands/info_sections.h"
#include "commands/info_writer.h"
#include "commands/rows.h"

namespace aerie {

namespace {

// Marks the sections that the word at `index` means; unknown words mean none.
void select_sections(CommandContext& ctx, size_t index, std::vector<bool>* wanted) {
  const std::span<const InfoSection> sections = info_sections();
  const bool everything = ctx.is(index, "EVERYTHING");
  const bool all = ctx.is(index, "ALL");
  const bool usual = ctx.is(index, "DEFAULT");
  for (size_t i = 0; i < sections.size(); ++i) {
    const bool collective = everything || (all && (sections[i].flags & kInAll) != 0) ||
                            (usual && (sections[i].flags & kInDefault) != 0);
    if (collective || ctx.is(index, sections[i].name)) (*wanted)[i] = true;
  }
}

void info_command(CommandContext& ctx) {
  Engine& engine = ctx.engine();
  if (engine.refresh_facts != nullptr) engine.refresh_facts(engine.refresh_facts_context, &engine.facts);
  const std::span<const InfoSection> sections = info_sections();
  std::vector<bool> wanted(sections.size());
  for (size_t i = 0; ctx.argc() == 1 && i < sections.size(); ++i)
    wanted[i] = (sections[i].flags & kInDefault) != 0;
  for (size_t i = 1; i < ctx.argc(); ++i) select_sections(ctx, i, &wanted);
  InfoWriter out;
  for (size_t i = 0; i < sections.size(); ++i) {
    if (!wanted[i]) continue;
    out.section(sections[i].title);
    sections[i].write(ctx, out);
  }
  ctx.reply().verbatim("txt", out.text());
}

constexpr CommandSpec kRows[] = {
    {.name = "info",
     .run = info_command,
     .arity = -1,
     .flags = kLoading | kStale,
     .group = CommandGroup::kServer,
     .categories = kDangerousCategory,
     .since = "1.0.0",
     .complexity = "O(N) where N is the number of client connections",
     .syntax = "[section [section ...]]",
     .summary = "Answers facts and counters of the server.",
     .history = "7.0.0: Added support for taking multiple section arguments.",
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special"},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> info_rows() {
  return kRows;
}

}  // namespace aerie
