// SPDX-License-Identifier: BSD-3-Clause
//
// The session directory against a model: ids are found,
// gone ones are not, order is by id.
#include "aerie/engine/session_directory.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "aerie/base/random.h"
#include "aerie/engine/session.h"

namespace aerie {
namespace {

TEST(SessionDirectory, AgreesWithAMap) {
  SessionDirectory directory;
  std::map<uint64_t, std::unique_ptr<Session>> model;
  Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    if (model.size() < 10 || random.below(i % 4000 < 2000 ? 3 : 5) < 2) {
      const uint64_t id = directory.next_id();
      model[id] = std::make_unique<Session>(id, 0);
      directory.add(*model[id]);
    } else {
      auto victim = model.begin();
      std::advance(victim, static_cast<long>(random.below(std::min<size_t>(model.size(), 50))));
      directory.remove(victim->first);
      EXPECT_EQ(directory.find(victim->first), nullptr);
      model.erase(victim);
    }
    ASSERT_EQ(directory.size(), model.size());
  }
  std::vector<uint64_t> expected;
  std::vector<uint64_t> ids;
  for (const auto& [id, session] : model) {
    expected.push_back(id);
    ASSERT_EQ(directory.find(id), session.get());
  }
  directory.for_each([&ids](const Session& session) { ids.push_back(session.id); });
  EXPECT_EQ(ids, expected);
  EXPECT_EQ(directory.find(1u << 30), nullptr);
}

}  // namespace
}  // namespace aerie
