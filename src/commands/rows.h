// SPDX-License-Identifier: BSD-3-Clause
//
// What each family file exports: its rows, constant and alive as long as the program. Only families.cc reads
// them, which decides their order. Private to the room.
#pragma once

#include <span>

#include "aerie/engine/command_spec.h"

namespace aerie {

std::span<const CommandSpec> string_rows();
std::span<const CommandSpec> string_counter_rows();
std::span<const CommandSpec> string_range_rows();
std::span<const CommandSpec> lcs_rows();
std::span<const CommandSpec> list_rows();
std::span<const CommandSpec> list_range_rows();
std::span<const CommandSpec> list_move_rows();
std::span<const CommandSpec> list_blocking_rows();
std::span<const CommandSpec> key_rows();
std::span<const CommandSpec> key_expiry_rows();
std::span<const CommandSpec> key_scan_rows();
std::span<const CommandSpec> object_rows();
std::span<const CommandSpec> transaction_rows();
std::span<const CommandSpec> pubsub_rows();
std::span<const CommandSpec> connection_rows();
std::span<const CommandSpec> client_rows();
std::span<const CommandSpec> acl_rows();
std::span<const CommandSpec> command_rows();
std::span<const CommandSpec> config_rows();
std::span<const CommandSpec> info_rows();
std::span<const CommandSpec> server_rows();
std::span<const CommandSpec> slowlog_rows();
std::span<const CommandSpec> latency_rows();
std::span<const CommandSpec> memory_rows();
std::span<const CommandSpec> replication_rows();
std::span<const CommandSpec> cluster_rows();
std::span<const CommandSpec> module_rows();
std::span<const CommandSpec> debug_rows();

}  // namespace aerie
