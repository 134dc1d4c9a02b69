// SPDX-License-Identifier: BSD-3-Clause
//
// One client as CLIENT LIST, CLIENT INFO and the log print it, with the fields of Redis 7.2 in its order.
// Fields of things that Aerie does not have are constants (a connection has no static reply buffer); times
// are monotonic. A line never contains control bytes: names are checked when they are set.
#pragma once

#include <string>

namespace aerie {

class Engine;
class Session;

// Appends the line, with its line feed.
void append_client_line(const Engine& engine, const Session& session, std::string* out);

// Bytes that this client keeps alive beyond shared buffers; a push that waits for it counts in full, whoever
// else holds it. memory_figures() sums them up with each push counted once.
size_t client_memory(const Engine& engine, const Session& session);

}  // namespace aerie
