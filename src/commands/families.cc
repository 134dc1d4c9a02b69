// SPDX-License-Identifier: BSD-3-Clause
//
// The explicit list of command families: no static registration, no generated code. Order is the order of
// COMMAND.
#include "aerie/commands/families.h"

#include <array>

#include "commands/rows.h"

namespace aerie {

std::span<const std::span<const CommandSpec>> command_families() {
  static const std::array<std::span<const CommandSpec>, 28> families = {
      string_rows(),      string_counter_rows(), string_range_rows(), lcs_rows(),
      list_rows(),        list_range_rows(),     list_move_rows(),    list_blocking_rows(),
      key_rows(),         key_expiry_rows(),     key_scan_rows(),     object_rows(),
      transaction_rows(), pubsub_rows(),         connection_rows(),   client_rows(),
      acl_rows(),         command_rows(),        config_rows(),       info_rows(),
      server_rows(),      slowlog_rows(),        latency_rows(),      memory_rows(),
      replication_rows(), cluster_rows(),        module_rows(),       debug_rows()};
  return families;
}

}  // namespace aerie
