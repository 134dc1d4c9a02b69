// SPDX-License-Identifier: BSD-3-Clause
//
// The ACL categories of commands ("@read", "@dangerous", …): all that Redis has, also those whose commands do
// not exist here yet, so that a rule may name them. Which of them a command is in follows from its row, here
// and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aerie {

struct CommandSpec;

// The names without "@", in Redis' order. A category is known by its place in this list.
std::span<const std::string_view> acl_category_names();
// The place of "read", in any case; nothing when there is no such category.
std::optional<uint32_t> find_acl_category(std::string_view name);
// The categories that a command is in: bit i stands for the category at place i.
uint32_t acl_categories(const CommandSpec& spec);

}  // namespace aerie
