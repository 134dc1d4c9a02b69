// SPDX-License-Identifier: BSD-3-Clause
//
// CLIENT TRACKING and its like: what they accept, and in which order they say what is wrong. What tracking
// does is the Invalidator's (src/engine/invalidator.cc).
#include "commands/client_tracking.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"
#include "commands/client_filter.h"

namespace aerie {

namespace {

using Prefixes = std::vector<std::string_view>;

struct Request {
  TrackingOptions options;
  Prefixes prefixes;
};

bool parse_redirect(CommandContext& ctx, size_t index, uint64_t* redirect) {
  if (*redirect != 0) return ctx.reply().error(kRedirectTwice), false;
  const std::optional<int64_t> id = ctx.integer(index);
  if (!id) return ctx.reply().error(kNotAnInteger), false;
  const Session* const target = client_by_id(ctx, *id);
  if (target == nullptr) return ctx.reply().error(kNoClientToRedirectTo), false;
  *redirect = target->id;
  return true;
}

bool parse(CommandContext& ctx, Request* request) {
  TrackingOptions& options = request->options;
  for (size_t i = 3; i < ctx.argc(); ++i) {
    const bool has_value = i + 1 < ctx.argc();
    if (ctx.is(i, "REDIRECT") && has_value) {
      if (!parse_redirect(ctx, ++i, &options.redirect)) return false;
    } else if (ctx.is(i, "BCAST")) {
      options.broadcasts = true;
    } else if (ctx.is(i, "OPTIN")) {
      options.opt_in = true;
    } else if (ctx.is(i, "OPTOUT")) {
      options.opt_out = true;
    } else if (ctx.is(i, "NOLOOP")) {
      options.skips_own = true;
    } else if (ctx.is(i, "PREFIX") && has_value) {
      request->prefixes.push_back(ctx.arg(++i));
    } else {
      return ctx.reply().error(kSyntaxError), false;
    }
  }
  return true;
}

// What the options do not allow together, or not after those that hold now; empty: nothing.
std::string_view conflict(const Request& request, const Tracker* tracker) {
  const TrackingOptions& wanted = request.options;
  if (!wanted.broadcasts && !request.prefixes.empty()) return kPrefixWithoutBcast;
  if (tracker != nullptr && tracker->options.broadcasts != wanted.broadcasts) return kSwitchBcast;
  if (wanted.broadcasts && (wanted.opt_in || wanted.opt_out)) return kOptWithBcast;
  if (wanted.opt_in && wanted.opt_out) return kOptInAndOut;
  if (tracker != nullptr &&
      ((wanted.opt_in && tracker->options.opt_out) || (wanted.opt_out && tracker->options.opt_in)))
    return kSwitchOpt;
  return {};
}

// The prefixes that the client has, in the order of their bytes.
Prefixes prefixes_of(const Session& session) {
  Prefixes names;
  const SessionDetails* const details = session.details_if_any();
  if (details == nullptr || details->prefixes == nullptr) return names;
  for (const Subscription& subscription :
       details->prefixes->subscriptions[static_cast<size_t>(TopicKind::kPrefix)])
    names.push_back(subscription.topic->name());
  std::sort(names.begin(), names.end());
  return names;
}

bool overlap(std::string_view a, std::string_view b) {
  return a.starts_with(b) || b.starts_with(a);
}

// The first of the new prefixes that overlaps another one, new or not. In the order of their bytes a prefix
// stands in front of all that begin with it, so one pass along all of them finds who overlaps whom.
std::optional<size_t> first_overlapping(const Prefixes& existing, const Prefixes& added) {
  struct Entry {
    std::string_view name;
    size_t index;  // in `added`, or behind its end
  };
  std::vector<Entry> all;
  for (const std::string_view name : existing) all.push_back({name, added.size()});
  for (size_t i = 0; i < added.size(); ++i) all.push_back({added[i], i});
  std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  size_t first = added.size();
  std::vector<const Entry*> begun;  // those that the current name may begin with
  for (const Entry& entry : all) {
    while (!begun.empty() && !entry.name.starts_with(begun.back()->name)) begun.pop_back();
    if (!begun.empty()) first = std::min({first, entry.index, begun.back()->index});
    begun.push_back(&entry);
  }
  return first < added.size() ? std::optional(first) : std::nullopt;
}

size_t bytes_of(const Prefixes& prefixes) {
  size_t bytes = 0;
  for (const std::string_view prefix : prefixes) bytes += prefix.size();
  return bytes;
}

// False when the new prefixes cannot be added; then it is answered why.
bool may_add(CommandContext& ctx, const Prefixes& added) {
  const Prefixes existing = prefixes_of(ctx.session());
  // One more than are named: without any it is the empty one.
  if (existing.size() + std::max<size_t>(added.size(), 1) > Invalidator::kMaxPrefixes ||
      bytes_of(existing) + bytes_of(added) > Invalidator::kMaxPrefixBytes)
    return ctx.reply().error(kTooManyPrefixes), false;
  const std::optional<size_t> first = first_overlapping(existing, added);
  if (!first) return true;
  const std::string_view name = added[*first];
  for (const std::string_view other : existing) {
    if (overlap(name, other)) return ctx.reply().error(overlaps_existing_prefix(name, other)), false;
  }
  // Those in front of it overlap nothing.
  const auto other = std::find_if(added.begin() + static_cast<std::ptrdiff_t>(*first) + 1, added.end(),
                                  [&](std::string_view later) { return overlap(name, later); });
  ctx.reply().error(overlaps_provided_prefix(name, *other));
  return false;
}

}  // namespace

void client_tracking_command(CommandContext& ctx) {
  Request request;
  if (!parse(ctx, &request)) return;
  Invalidator& invalidator = ctx.engine().executor.invalidator();
  if (ctx.is(2, "ON")) {
    const std::string_view error = conflict(request, ctx.session().tracker());
    if (!error.empty()) return ctx.reply().error(error);
    if (request.options.broadcasts && !may_add(ctx, request.prefixes)) return;
    invalidator.start(ctx.session(), request.options, request.prefixes);
  } else if (ctx.is(2, "OFF")) {
    invalidator.stop(ctx.session());
  } else {
    return ctx.reply().error(kSyntaxError);
  }
  ctx.reply().ok();
}

void client_caching_command(CommandContext& ctx) {
  const Tracker* const tracker = ctx.session().tracker();
  if (tracker == nullptr) return ctx.reply().error(kCachingWithoutTracking);
  if (ctx.is(2, "YES")) {
    if (!tracker->options.opt_in) return ctx.reply().error(kCachingYes);
  } else if (ctx.is(2, "NO")) {
    if (!tracker->options.opt_out) return ctx.reply().error(kCachingNo);
  } else {
    return ctx.reply().error(kSyntaxError);
  }
  ctx.session().caching_given = true;
  ctx.reply().ok();
}

void client_getredir_command(CommandContext& ctx) {
  const Tracker* const tracker = ctx.session().tracker();
  ctx.reply().integer(tracker != nullptr ? static_cast<int64_t>(tracker->options.redirect) : -1);
}

void client_trackinginfo_command(CommandContext& ctx) {
  const Tracker* const tracker = ctx.session().tracker();
  const TrackingOptions options = tracker != nullptr ? tracker->options : TrackingOptions();
  const bool caching = ctx.session().caching_given;
  std::vector<std::string_view> flags = {tracker != nullptr ? "on" : "off"};
  const auto add_if = [&](bool holds, std::string_view flag) {
    if (holds) flags.push_back(flag);
  };
  add_if(options.broadcasts, "bcast");
  add_if(options.opt_in, "optin");
  add_if(options.opt_in && caching, "caching-yes");
  add_if(options.opt_out, "optout");
  add_if(options.opt_out && caching, "caching-no");
  add_if(options.skips_own, "noloop");
  add_if(tracker != nullptr && tracker->redirect_broken, "broken_redirect");
  ctx.reply().map(3);
  ctx.reply().bulk("flags");
  ctx.reply().set(flags.size());
  for (const std::string_view flag : flags) ctx.reply().bulk(flag);
  ctx.reply().bulk("redirect");
  client_getredir_command(ctx);
  ctx.reply().bulk("prefixes");
  const Prefixes prefixes = prefixes_of(ctx.session());
  ctx.reply().array(prefixes.size());
  for (const std::string_view prefix : prefixes) ctx.reply().bulk(prefix);
}

}  // namespace aerie
