// SPDX-License-Identifier: BSD-3-Clause
//
// The sections of INFO as rows: name, when it is shown without being named, and the function that writes it.
// Private to the room.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace aerie {

class CommandContext;
class InfoWriter;

// Which collective names include a section. "everything" includes all.
enum InfoSectionFlag : uint8_t { kInDefault = 1, kInAll = 2 };

struct InfoSection {
  std::string_view name;   // upper case, as options are compared
  std::string_view title;  // as the heading shows it
  uint8_t flags;
  void (*write)(CommandContext& ctx, InfoWriter& out);
};

// In the order of INFO.
std::span<const InfoSection> info_sections();

// Sections about what the server counts (info_counters.cc); the others are about what it is
// (info_sections.cc).
void write_stats_section(CommandContext& ctx, InfoWriter& out);
void write_commandstats_section(CommandContext& ctx, InfoWriter& out);
void write_errorstats_section(CommandContext& ctx, InfoWriter& out);
void write_latencystats_section(CommandContext& ctx, InfoWriter& out);

}  // namespace aerie
