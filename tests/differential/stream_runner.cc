// SPDX-License-Identifier: BSD-3-Clause
//
// Running the steps of a stream. A client whose command may block is waited for until both servers have
// either answered it or count it as blocked; from then on, each pipeline of another client is followed by the
// question who waits no longer, and what they were told.
#include <chrono>
#include <thread>

#include "differential/stream.h"

namespace aerie {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kMaxPipeline = 200;
constexpr std::chrono::seconds kPatience{20};

size_t blocked_clients(RespClient& admin) {
  const std::string text = admin.ask({"INFO", "clients"}).text;
  const std::string_view name = "blocked_clients:";
  return std::strtoull(text.c_str() + text.find(name) + name.size(), nullptr, 10);
}

// Asks until there is an answer; empty when there is none for long.
template <typename Ask>
auto patiently(Ask ask) -> decltype(ask()) {
  const auto deadline = steady_clock::now() + kPatience;
  while (true) {
    auto answer = ask();
    if (answer || steady_clock::now() > deadline) return answer;
    std::this_thread::yield();
  }
}

// What a client that may wait is told; without value: it waits. Empty when it is neither told nor waits.
std::optional<std::optional<Reply>> told_or_waits(RespClient& client, RespClient& admin,
                                                  size_t others_waiting) {
  return patiently([&]() -> std::optional<std::optional<Reply>> {
    if (auto reply = client.try_read(milliseconds(0))) return reply;
    if (blocked_clients(admin) == others_waiting + 1) return std::optional<Reply>();
    return std::nullopt;
  });
}

}  // namespace

Mismatch StreamRunner::mismatch(size_t at, const std::string& text) const {
  return Mismatch{at, steps_[at].client + "\n" + text};
}

std::optional<Mismatch> StreamRunner::run(std::span<const Step> steps, std::vector<Reply>* replies) {
  steps_ = steps;
  replies_ = replies;
  if (replies != nullptr) replies->assign(steps.size(), {});
  waiting_.clear();
  for (size_t begin = 0; begin < steps.size();) {
    size_t end = begin + 1;
    Failure failure;
    if (waiting_.contains(steps[begin].client)) {
      begin = end;
      continue;
    }
    if (steps[begin].may_block) {
      failure = maybe_wait(begin);
    } else {
      while (end < steps.size() && steps[end].client == steps[begin].client && !steps[end].may_block &&
             end - begin < kMaxPipeline) {
        ++end;
      }
      failure = pipeline(begin, end);
    }
    if (failure) return failure;
    begin = end;
  }
  return std::nullopt;
}

std::optional<Mismatch> StreamRunner::judge(size_t at, const Reply& subject, Reply oracle) {
  const Step& step = steps_[at];
  auto judge = judges_.try_emplace(step.client, use_, duel_.subject_is_redis()).first;
  const std::string what = judge->second.judge(step.words, subject, oracle, &keys_);
  if (!what.empty()) return mismatch(at, what);
  if (replies_ != nullptr) (*replies_)[at] = std::move(oracle);
  return std::nullopt;
}

std::optional<Mismatch> StreamRunner::pipeline(size_t begin, size_t end) {
  ClientPair& clients = duel_.client(steps_[begin].client);
  std::vector<WordsPair> commands;
  for (size_t at = begin; at < end; ++at) commands.push_back(duel_.with_ids(steps_[at].words));
  std::vector<ReplyPair> pairs = exchange(clients, commands);
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (Failure failure = judge(begin + i, pairs[i].subject, std::move(pairs[i].oracle))) return failure;
  }
  return waiting_.empty() ? std::nullopt : settle(end - 1);
}

std::optional<Mismatch> StreamRunner::maybe_wait(size_t at) {
  ClientPair& clients = duel_.client(steps_[at].client);
  clients.subject.send(steps_[at].words);
  clients.oracle.send(steps_[at].words);
  const auto subject = told_or_waits(clients.subject, duel_.admin().subject, waiting_.size());
  auto oracle = told_or_waits(clients.oracle, duel_.admin().oracle, waiting_.size());
  if (!subject || !oracle) return mismatch(at, "  neither answered nor counted as blocked");
  if (subject->has_value() != oracle->has_value()) {
    const auto shown = [](const std::optional<Reply>& reply) { return reply ? reply->to_string() : "waits"; };
    return mismatch(at, "  command: " + script_line(steps_[at].words) + "\n  subject: " + shown(*subject) +
                            "\n  oracle:  " + shown(*oracle));
  }
  if (*oracle) {
    if (Failure failure = judge(at, **subject, std::move(**oracle))) return failure;
  } else {
    waiting_[steps_[at].client] = at;
  }
  // BLMOVE gives others what they wait for.
  return waiting_.empty() ? std::nullopt : settle(at);
}

// REQUIRES: the replies of step `at` were read, so that whoever it woke is counted no more.
std::optional<Mismatch> StreamRunner::settle(size_t at) {
  const size_t left = blocked_clients(duel_.admin().oracle);
  const size_t mine = blocked_clients(duel_.admin().subject);
  if (left != mine) {
    return mismatch(at, "  clients that wait behind " + script_line(steps_[at].words) + ": the subject has " +
                            std::to_string(mine) + ", the oracle " + std::to_string(left));
  }
  std::map<std::string, std::pair<std::optional<Reply>, std::optional<Reply>>> told;  // of subject and oracle
  const size_t expected = waiting_.size() - left;
  const auto all_told = [&] {
    size_t count = 0;
    for (const auto& [name, step] : waiting_) {
      auto& [subject, oracle] = told[name];
      ClientPair& clients = duel_.client(name);
      if (!subject) subject = clients.subject.try_read(milliseconds(0));
      if (!oracle) oracle = clients.oracle.try_read(milliseconds(0));
      count += (subject ? 1U : 0U) + (oracle ? 1U : 0U);
    }
    return count == 2 * expected;
  };
  if (expected == 0) return std::nullopt;
  if (!patiently(all_told)) return mismatch(at, "  a client that waits no longer is told nothing");
  for (auto& [name, replies] : told) {
    auto& [subject, oracle] = replies;
    if (!subject && !oracle) continue;
    const size_t step = waiting_[name];
    if (!subject) return mismatch(step, "  only the oracle tells it " + oracle->to_string());
    if (!oracle) return mismatch(step, "  only the subject tells it " + subject->to_string());
    if (Failure failure = judge(step, *subject, *std::move(oracle))) return failure;
    waiting_.erase(name);
  }
  return std::nullopt;
}

}  // namespace aerie
