// SPDX-License-Identifier: BSD-3-Clause
//
// Publish/subscribe: SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE and their opposites, PUBLISH, SPUBLISH, PUBSUB. Who
// listens is kept by the SubscriptionIndex, what is published is delivered by the Publisher. The answers of
// subscribing are pushes, one for each name, and come even to a client that asked for no replies.
#include <optional>
#include <string>

#include "aerie/base/glob.h"
#include "aerie/engine/command_context.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/reply_errors.h"
#include "commands/help_reply.h"
#include "commands/rows.h"

namespace aerie {

namespace {

// The words of one kind of topic.
struct Kind {
  TopicKind kind;
  std::string_view subscribed;
  std::string_view unsubscribed;
};

constexpr Kind kChannels = {TopicKind::kChannel, "subscribe", "unsubscribe"};
constexpr Kind kPatterns = {TopicKind::kPattern, "psubscribe", "punsubscribe"};
constexpr Kind kShardChannels = {TopicKind::kShardChannel, "ssubscribe", "sunsubscribe"};

// What the answers count: channels and patterns together, shard channels by themselves.
int64_t counted_with(TopicKind kind, const Session& session) {
  if (kind == TopicKind::kShardChannel)
    return static_cast<int64_t>(SubscriptionIndex::count(session, TopicKind::kShardChannel));
  return static_cast<int64_t>(SubscriptionIndex::count(session, TopicKind::kChannel) +
                              SubscriptionIndex::count(session, TopicKind::kPattern));
}

// A push, also to who asked for no replies. Without a name: there was nothing to unsubscribe from.
void tell_count(CommandContext& ctx, TopicKind kind, std::string_view what,
                std::optional<std::string_view> name) {
  ctx.engine().executor.follow_output_class(ctx.session());
  const PushScope push(ctx.reply(), 3);
  ctx.reply().bulk(what);
  name ? ctx.reply().bulk(*name) : ctx.reply().null();
  ctx.reply().integer(counted_with(kind, ctx.session()));
}

void subscribe_to(CommandContext& ctx, const Kind& what) {
  for (size_t i = 1; i < ctx.argc(); ++i) {
    ctx.engine().subscriptions.subscribe(ctx.session(), what.kind, ctx.key(i));
    tell_count(ctx, what.kind, what.subscribed, ctx.arg(i));
  }
}

void unsubscribe_from_all(CommandContext& ctx, const Kind& what) {
  const Topic* topic = SubscriptionIndex::first_topic(ctx.session(), what.kind);
  if (topic == nullptr) return tell_count(ctx, what.kind, what.unsubscribed, std::nullopt);
  for (; topic != nullptr; topic = SubscriptionIndex::first_topic(ctx.session(), what.kind)) {
    // The topic goes with its last subscriber.
    const std::string name(topic->name());
    ctx.engine().subscriptions.unsubscribe_first(ctx.session(), what.kind);
    tell_count(ctx, what.kind, what.unsubscribed, name);
  }
}

void unsubscribe_from(CommandContext& ctx, const Kind& what) {
  if (ctx.argc() == 1) return unsubscribe_from_all(ctx, what);
  for (size_t i = 1; i < ctx.argc(); ++i) {
    ctx.engine().subscriptions.unsubscribe(ctx.session(), what.kind, ctx.key(i));
    tell_count(ctx, what.kind, what.unsubscribed, ctx.arg(i));
  }
}

void subscribe_command(CommandContext& ctx) {
  subscribe_to(ctx, kChannels);
}

void psubscribe_command(CommandContext& ctx) {
  subscribe_to(ctx, kPatterns);
}

void ssubscribe_command(CommandContext& ctx) {
  if (!ctx.engine().executor.may_block()) return ctx.reply().error(kSsubscribeInsideExec);
  subscribe_to(ctx, kShardChannels);
}

void unsubscribe_command(CommandContext& ctx) {
  unsubscribe_from(ctx, kChannels);
}

void punsubscribe_command(CommandContext& ctx) {
  unsubscribe_from(ctx, kPatterns);
}

void sunsubscribe_command(CommandContext& ctx) {
  unsubscribe_from(ctx, kShardChannels);
}

void publish_command(CommandContext& ctx) {
  Executor& executor = ctx.engine().executor;
  const size_t told = executor.publisher().publish(&ctx.session(), ctx.key(1), ctx.arg(2));
  ctx.reply().integer(static_cast<int64_t>(told));
  executor.tell_publishing_client(ctx.session());
}

void spublish_command(CommandContext& ctx) {
  Executor& executor = ctx.engine().executor;
  const size_t told = executor.publisher().publish_to_shard(&ctx.session(), ctx.key(1), ctx.arg(2));
  ctx.reply().integer(static_cast<int64_t>(told));
  executor.tell_publishing_client(ctx.session());
}

// PUBSUB CHANNELS and SHARDCHANNELS. Like KEYS it looks at all of them.
void list_topics(CommandContext& ctx, TopicKind kind) {
  if (ctx.argc() > 3) return ctx.reply().error(unknown_subcommand_or_arguments("pubsub", ctx.arg(1)));
  const DeferredReply deferred = ctx.reply().begin_deferred();
  size_t count = 0;
  for (const Topic& topic : ctx.engine().subscriptions.topics(kind)) {
    if (ctx.argc() == 3 && !glob_match(ctx.arg(2), topic.name())) continue;
    ctx.reply().bulk(topic.name());
    ++count;
  }
  ctx.reply().end_deferred_array(deferred, count);
}

void pubsub_channels_command(CommandContext& ctx) {
  list_topics(ctx, TopicKind::kChannel);
}

void pubsub_shardchannels_command(CommandContext& ctx) {
  list_topics(ctx, TopicKind::kShardChannel);
}

// PUBSUB NUMSUB and SHARDNUMSUB.
void count_subscribers(CommandContext& ctx, TopicKind kind) {
  ctx.reply().array((ctx.argc() - 2) * 2);
  for (size_t i = 2; i < ctx.argc(); ++i) {
    const Topic* topic = ctx.engine().subscriptions.find(kind, ctx.key(i));
    ctx.reply().bulk(ctx.arg(i));
    ctx.reply().integer(topic != nullptr ? static_cast<int64_t>(topic->subscriber_count) : 0);
  }
}

void pubsub_numsub_command(CommandContext& ctx) {
  count_subscribers(ctx, TopicKind::kChannel);
}

void pubsub_shardnumsub_command(CommandContext& ctx) {
  count_subscribers(ctx, TopicKind::kShardChannel);
}

void pubsub_numpat_command(CommandContext& ctx) {
  ctx.reply().integer(static_cast<int64_t>(ctx.engine().subscriptions.topic_count(TopicKind::kPattern)));
}

void pubsub_help_command(CommandContext& ctx) {
  static constexpr std::string_view kLines[] = {
      "CHANNELS [<pattern>]",
      "    Answers the channels that somebody is subscribed to, all of them or those that match.",
      "NUMPAT",
      "    Answers how many patterns somebody is subscribed to.",
      "NUMSUB [<channel> ...]",
      "    Answers the channels, each with its number of subscribers, without those of patterns.",
      "SHARDCHANNELS [<pattern>]",
      "    The same as CHANNELS for shard channels.",
      "SHARDNUMSUB [<shardchannel> ...]",
      "    The same as NUMSUB for shard channels.",
  };
  reply_help(ctx, kLines);
}

constexpr uint32_t kAnyTime = kPubsub | kLoading | kStale;
constexpr uint32_t kListening = kAnyTime | kNoScript | kSubscriberMay;

// The channels of a shard are routed like keys, but are none.
constexpr KeySpec kShardChannelAll[] = {{.flags = kKeyNotKey, .begin = 1, .last = -1}};
constexpr KeySpec kShardChannelFirst[] = {{.flags = kKeyNotKey, .begin = 1}};

constexpr CommandSpec kPubsubSubcommands[] = {
    {.name = "channels",
     .run = pubsub_channels_command,
     .arity = -2,
     .flags = kAnyTime,
     .group = CommandGroup::kPubsub,
     .since = "2.8.0",
     .complexity =
         "O(N) where N is the number of active channels, and assuming constant time pattern matching "
         "(relatively short channels and patterns)",
     .syntax = "[pattern]",
     .summary = "Answers the channels that somebody is subscribed to."},
    {.name = "help",
     .run = pubsub_help_command,
     .arity = 2,
     .flags = kLoading | kStale,
     .group = CommandGroup::kPubsub,
     .since = "6.2.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers what the subcommands do."},
    {.name = "numpat",
     .run = pubsub_numpat_command,
     .arity = 2,
     .flags = kAnyTime,
     .group = CommandGroup::kPubsub,
     .since = "2.8.0",
     .complexity = "O(1)",
     .syntax = "",
     .summary = "Answers how many patterns somebody is subscribed to."},
    {.name = "numsub",
     .run = pubsub_numsub_command,
     .arity = -2,
     .flags = kAnyTime,
     .group = CommandGroup::kPubsub,
     .since = "2.8.0",
     .complexity = "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
     .syntax = "[channel [channel ...]]",
     .summary = "Answers how many clients are subscribed to each of the channels."},
    {.name = "shardchannels",
     .run = pubsub_shardchannels_command,
     .arity = -2,
     .flags = kAnyTime,
     .group = CommandGroup::kPubsub,
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of active shard channels, and assuming constant time pattern "
                   "matching (relatively short shard channels).",
     .syntax = "[pattern]",
     .summary = "Answers the shard channels that somebody is subscribed to."},
    {.name = "shardnumsub",
     .run = pubsub_shardnumsub_command,
     .arity = -2,
     .flags = kAnyTime,
     .group = CommandGroup::kPubsub,
     .since = "7.0.0",
     .complexity = "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
     .syntax = "[shardchannel [shardchannel ...]]",
     .summary = "Answers how many clients are subscribed to each of the shard channels."},
};

constexpr CommandSpec kRows[] = {
    {.name = "subscribe",
     .run = subscribe_command,
     .arity = -2,
     .flags = kListening,
     .group = CommandGroup::kPubsub,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of channels to subscribe to.",
     .syntax = "channel [channel ...]",
     .summary = "Listens to channels.",
     .channels = ChannelUse::kSubscribe},
    {.name = "unsubscribe",
     .run = unsubscribe_command,
     .arity = -1,
     .flags = kListening,
     .group = CommandGroup::kPubsub,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of channels to unsubscribe.",
     .syntax = "[channel [channel ...]]",
     .summary = "Stops listening to the channels, or to all."},
    {.name = "psubscribe",
     .run = psubscribe_command,
     .arity = -2,
     .flags = kListening,
     .group = CommandGroup::kPubsub,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of patterns to subscribe to.",
     .syntax = "pattern [pattern ...]",
     .summary = "Listens to the channels that match the patterns.",
     .channels = ChannelUse::kSubscribePatterns},
    {.name = "punsubscribe",
     .run = punsubscribe_command,
     .arity = -1,
     .flags = kListening,
     .group = CommandGroup::kPubsub,
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of patterns to unsubscribe.",
     .syntax = "[pattern [pattern ...]]",
     .summary = "Stops listening to the patterns, or to all."},
    {.name = "ssubscribe",
     .run = ssubscribe_command,
     .arity = -2,
     .flags = kListening,
     .key_specs = kShardChannelAll,
     .group = CommandGroup::kPubsub,
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of shard channels to subscribe to.",
     .syntax = "shardchannel [shardchannel ...]",
     .summary = "Listens to shard channels.",
     .channels = ChannelUse::kSubscribe},
    {.name = "sunsubscribe",
     .run = sunsubscribe_command,
     .arity = -1,
     .flags = kListening,
     .key_specs = kShardChannelAll,
     .group = CommandGroup::kPubsub,
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of shard channels to unsubscribe.",
     .syntax = "[shardchannel [shardchannel ...]]",
     .summary = "Stops listening to the shard channels, or to all."},
    {.name = "publish",
     .run = publish_command,
     .arity = 3,
     .flags = kAnyTime | kFast | kPublishes,
     .group = CommandGroup::kPubsub,
     .since = "2.0.0",
     .complexity =
         "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total "
         "number of subscribed patterns (by any client).",
     .syntax = "channel message",
     .summary = "Tells a message to all who listen to the channel; answers how many.",
     .channels = ChannelUse::kPublish},
    {.name = "spublish",
     .run = spublish_command,
     .arity = 3,
     .flags = kAnyTime | kFast | kPublishes,
     .key_specs = kShardChannelFirst,
     .group = CommandGroup::kPubsub,
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of clients subscribed to the receiving shard channel.",
     .syntax = "shardchannel message",
     .summary = "Tells a message to all who listen to the shard channel; answers how many.",
     .channels = ChannelUse::kPublish},
    {.name = "pubsub",
     .arity = -2,
     .group = CommandGroup::kPubsub,
     .since = "2.8.0",
     .complexity = "Depends on subcommand.",
     .syntax = "",
     .summary = "Tells who listens to what.",
     .subcommands = kPubsubSubcommands},
};
static_assert(are_well_formed(kRows));

}  // namespace

std::span<const CommandSpec> pubsub_rows() {
  return kRows;
}

}  // namespace aerie
