// SPDX-License-Identifier: BSD-3-Clause
//
// Which clients CLIENT KILL and CLIENT LIST mean: conditions over the facts of a session, all of which must
// hold. Private to the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aerie {

class AclUser;
class CommandContext;
class Session;

// The classes of clients that Redis knows. All of Aerie's are normal so far.
enum class ClientType : uint8_t { kNormal, kReplica, kPubsub, kMaster };
// "normal", "replica" or "slave", "pubsub", "master", in any case.
std::optional<ClientType> parse_client_type(std::string_view name);
ClientType client_type(const Session& session);

// The client of this id; nullptr when there is none, or when it is about to be closed.
Session* client_by_id(CommandContext& ctx, int64_t id);

// What all conditions together select; an absent one selects everybody.
struct ClientFilter {
  std::optional<uint64_t> id;
  std::optional<std::string> address;  // as CLIENT LIST shows it
  std::optional<std::string> local_address;
  std::optional<ClientType> type;
  const AclUser* user = nullptr;
  std::optional<int64_t> least_age_s;
  bool skip_me = true;

  bool matches(CommandContext& ctx, const Session& session) const;
  // Reads the options "ID 5 TYPE normal ..." from argument `first` on. Answers the error and returns false
  // when they are wrong.
  bool parse(CommandContext& ctx, size_t first);
};

}  // namespace aerie
