// SPDX-License-Identifier: BSD-3-Clause
//
// The key specifications that many rows share: where keys stand in a request and what the command does to
// them, in the terms of COMMAND INFO. Named after flags first, place second: kRoAccessFirst is the key at
// argument 1 that is read and whose bytes are shown. A row with a specification of its own keeps it beside
// the row. Private to the room; the arrays are constant and live as long as the program.
#pragma once

#include "aerie/engine/command_spec.h"

namespace aerie {

// --- the one key at argument 1
inline constexpr KeySpec kRoFirst[] = {{.flags = kKeyRo, .begin = 1}};
inline constexpr KeySpec kRoAccessFirst[] = {{.flags = kKeyRo | kKeyAccess, .begin = 1}};
inline constexpr KeySpec kRwUpdateFirst[] = {{.flags = kKeyRw | kKeyUpdate, .begin = 1}};
inline constexpr KeySpec kRwInsertFirst[] = {{.flags = kKeyRw | kKeyInsert, .begin = 1}};
inline constexpr KeySpec kRwAccessUpdateFirst[] = {{.flags = kKeyRw | kKeyAccess | kKeyUpdate, .begin = 1}};
inline constexpr KeySpec kRwAccessDeleteFirst[] = {{.flags = kKeyRw | kKeyAccess | kKeyDelete, .begin = 1}};
inline constexpr KeySpec kOwUpdateFirst[] = {{.flags = kKeyOw | kKeyUpdate, .begin = 1}};
inline constexpr KeySpec kOwInsertFirst[] = {{.flags = kKeyOw | kKeyInsert, .begin = 1}};

// --- the one key at argument 2: subcommands
inline constexpr KeySpec kRoSecond[] = {{.flags = kKeyRo, .begin = 2}};

// --- every argument from 1 on
inline constexpr KeySpec kRoAll[] = {{.flags = kKeyRo, .begin = 1, .last = -1}};
inline constexpr KeySpec kRoAccessAll[] = {{.flags = kKeyRo | kKeyAccess, .begin = 1, .last = -1}};
inline constexpr KeySpec kRmDeleteAll[] = {{.flags = kKeyRm | kKeyDelete, .begin = 1, .last = -1}};

// --- every other argument from 1 on: key value key value
inline constexpr KeySpec kOwUpdatePairs[] = {
    {.flags = kKeyOw | kKeyUpdate, .begin = 1, .last = -1, .step = 2}};
inline constexpr KeySpec kOwInsertPairs[] = {
    {.flags = kKeyOw | kKeyInsert, .begin = 1, .last = -1, .step = 2}};

// --- of the commands that move elements, and of those that take "numkeys key [key ...]" from argument 1 on
inline constexpr KeySpec kMoveElementKeys[] = {{.flags = kKeyRw | kKeyAccess | kKeyDelete, .begin = 1},
                                               {.flags = kKeyRw | kKeyInsert, .begin = 2}};
inline constexpr KeySpec kPopFromFirstKeys[] = {
    {.flags = kKeyRw | kKeyAccess | kKeyDelete, .begin = 1, .key_count_at = 0, .first_key = 1}};

// --- of those that wait: every argument but the last, a time-out; or a time-out in front of "numkeys"
inline constexpr KeySpec kPopOrWaitKeys[] = {
    {.flags = kKeyRw | kKeyAccess | kKeyDelete, .begin = 1, .last = -2}};
inline constexpr KeySpec kPopFromFirstOfSecondKeys[] = {
    {.flags = kKeyRw | kKeyAccess | kKeyDelete, .begin = 2, .key_count_at = 0, .first_key = 1}};

// --- what is said about many commands in the same words
inline constexpr std::string_view kMultiShardSum = "request_policy:multi_shard response_policy:agg_sum";
inline constexpr std::string_view kAllShardsSucceeded =
    "request_policy:all_shards response_policy:all_succeeded";

}  // namespace aerie
