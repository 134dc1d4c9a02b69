// SPDX-License-Identifier: BSD-3-Clause
//
// What is printed when the process dies of a bug: the signal, the version, where it happened, whose command
// ran, and what INFO would say that can be read safely. The handler runs in a damaged process, on a stack of
// its own: it allocates nothing, takes no lock and writes with single calls; what a part of the report that
// faults itself would have said is left out. Then the signal does what it would have done. Signal actions
// belong to the process, which is why the few facts that the handler needs are kept outside of any object.
#pragma once

#include <span>
#include <string_view>

namespace aerie {

class Engine;
class RequestBatch;
class Session;

// Handles SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT. The report goes to the log of signal handlers.
void install_crash_handlers();
// Lets these signals end the process without a report.
void remove_crash_handlers();

// Whose figures the report shows, or nullptr.
void set_crash_engine(const Engine* engine);
// From now on the requests of `batch`, or the one of `args`, run for this session. Both are viewed until the
// next call.
void set_crash_context(const Session& session, const RequestBatch& batch);
void set_crash_context(const Session& session, std::span<const std::string_view> args);
void clear_crash_context();

}  // namespace aerie
