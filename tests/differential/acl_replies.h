// SPDX-License-Identifier: BSD-3-Clause
//
// What 7.2 says otherwise about users and permissions: the words of refusals, which name the user, the words
// of rules, which are kept as they came, a flag that new users have, and three more fields of ACL LOG. All of
// it stands in docs/compatibility.md.
#pragma once

#include "differential/compare.h"

namespace aerie {

// Whether the oracle refused by permission, and the comparison is same_refusal()'s.
bool is_refusal(const Exchange& exchange);
bool same_refusal(const Exchange& exchange);

bool same_acl_list(const Exchange& exchange);
bool same_acl_user(const Exchange& exchange);
bool same_acl_log(const Exchange& exchange);
bool same_acl_dryrun(const Exchange& exchange);

}  // namespace aerie
