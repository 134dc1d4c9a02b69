// SPDX-License-Identifier: BSD-3-Clause
//
// ClientEviction: the sum over all clients, kept up by differences, and the large ones in order of size. A
// client that is to be closed counts no more at once; its connection closes in the write phase.
#include "aerie/engine/client_eviction.h"

#include <iterator>
#include <string>

#include "aerie/base/log.h"
#include "aerie/base/number.h"
#include "aerie/engine/client_line.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"

namespace aerie {

namespace {

size_t limit_of(const Settings& settings) {
  std::string_view text = settings.maxmemory_clients;
  if (!text.ends_with('%')) return parse_uint64(text).value_or(0);
  text.remove_suffix(1);
  return settings.maxmemory / 100 * parse_uint64(text).value_or(0);
}

}  // namespace

size_t ClientEviction::client_bytes(const Session& session) const {
  return session.close_now ? 0 : client_memory(engine_, session);
}

void ClientEviction::count(const Session& session, size_t bytes) {
  const size_t before = session.counted_bytes;
  if (bytes == before) return;
  total_ += bytes - before;
  if (before >= kWorthEvicting) large_.erase({before, session.id});
  if (bytes >= kWorthEvicting) large_.insert({bytes, session.id});
  session.counted_bytes = bytes;
  exhausted_ = false;
}

void ClientEviction::evict_some(size_t budget) {
  for (auto place = large_.rbegin(); place != large_.rend() && budget > 0 && total_ > limit_;) {
    Session* const session = engine_.sessions.find(place->second);
    if (session == nullptr || session->no_evict) {
      ++place;
      continue;
    }
    --budget;
    drop(*session);
    // Its place is gone: the search begins anew, behind few who cannot be evicted.
    place = large_.rbegin();
  }
  exhausted_ = budget > 0 && total_ > limit_;
}

void ClientEviction::drop(Session& session) {
  std::string line;
  append_client_line(engine_, session, &line);
  line.pop_back();
  log_notice("Evicting client: %s", line.c_str());
  ++engine_.stats.evicted_clients;
  engine_.executor.drop(session);
  count(session, 0);
}

void ClientEviction::apply(const Settings& now) {
  const bool was_on = is_on();
  limit_ = limit_of(now);
  exhausted_ = false;
  if (was_on == is_on()) return;
  total_ = 0;
  large_.clear();
  engine_.sessions.for_each([&](const Session& session) {
    session.counted_bytes = 0;
    note(session);
  });
}

}  // namespace aerie
