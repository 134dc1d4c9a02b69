// SPDX-License-Identifier: BSD-3-Clause
//
// The crash handler. The report has parts: when one of them faults, the handler is entered again and goes on
// with the next part, then ends the process. backtrace() is called once at installation, because its first
// call loads a library.
#include "server/crash_report.h"

#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "aerie/base/sys.h"
#include "aerie/base/unique_fd.h"
#include "aerie/base/version.h"
#include "aerie/engine/command_table.h"
#include "aerie/engine/engine.h"
#include "aerie/engine/session.h"
#include "aerie/resp/request_parser.h"
#include "server/process_title.h"
#include "server/signal_log.h"

namespace aerie {

namespace {

constexpr std::array<int, 5> kFatalSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr size_t kMaxArguments = 16;
constexpr size_t kMaxArgumentBytes = 128;

struct Context {
  const Session* session = nullptr;
  const RequestBatch* batch = nullptr;  // null: args is the request
  uint64_t commands_before = 0;         // of the session, when the batch began
  std::span<const std::string_view> args;
};

Context running;
const Engine* crash_engine = nullptr;
alignas(16) char signal_stack[size_t{64} * 1024];
volatile sig_atomic_t parts_begun = 0;
volatile sig_atomic_t first_signal = 0;  // later ones are faults of the report

std::string_view signal_name(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    default:
      return "SIGABRT";
  }
}

std::span<const std::string_view> running_args() {
  if (running.batch == nullptr) return running.args;
  const uint64_t index = running.session->commands - running.commands_before - 1;
  return index < running.batch->size() ? running.batch->args(index) : std::span<const std::string_view>();
}

void write_backtrace(SignalLog& out) {
  reset_process_title();
  void* frames[64];
  backtrace_symbols_fd(frames, backtrace(frames, 64), out.fd());
}

void write_client(SignalLog& out) {
  if (running.session == nullptr) {
    out.text("none: no request was running\n");
    return;
  }
  const Session& session = *running.session;
  out.text("id=").number(static_cast<int64_t>(session.id)).text(" fd=").number(session.fd);
  out.text(" db=").number(session.db).text(" resp=").number(session.protocol);
  out.text(" commands=").number(static_cast<int64_t>(session.commands)).text(" cmd=");
  out.text(session.last_command == nullptr ? "none" : std::string_view(session.last_command->full_name));
  out.text("\n");
}

// What follows such a word may be a password.
bool precedes_secrets(std::string_view word) {
  for (const std::string_view secret : {"auth", "auth2", "hello", "config", "acl"}) {
    const auto same = [](char a, char b) { return (a | 0x20) == b; };
    if (std::equal(word.begin(), word.end(), secret.begin(), secret.end(), same)) return true;
  }
  return false;
}

void write_arguments(SignalLog& out) {
  if (running.session == nullptr) return;
  const std::span<const std::string_view> args = running_args();
  out.text("argc: ").number(static_cast<int64_t>(args.size())).text("\n");
  for (size_t i = 0; i < args.size() && i < kMaxArguments; ++i) {
    out.text("argv[").number(static_cast<int64_t>(i)).text("]: ").quoted(args[i], kMaxArgumentBytes);
    out.text("\n");
    if (precedes_secrets(args[i])) return;
  }
}

void write_figure(SignalLog& out, std::string_view name, uint64_t value) {
  out.text(name).text(":").number(static_cast<int64_t>(value)).text("\n");
}

// Fields of INFO by their names there: those that are plain numbers in memory.
void write_info(SignalLog& out) {
  if (crash_engine == nullptr) return;
  const Engine& engine = *crash_engine;
  out.text("redis_version:").text(kRedisVersion).text("\naerie_version:").text(kAerieVersion).text("\n");
  out.text("run_id:").text(engine.facts.run_id).text("\n");
  write_figure(out, "process_id", static_cast<uint64_t>(sys::process_id()));
  write_figure(out, "tcp_port", static_cast<uint64_t>(engine.facts.tcp_port));
  const int64_t up_us = engine.executor.now_us() - engine.facts.started_us;
  write_figure(out, "uptime_in_seconds", static_cast<uint64_t>(up_us / 1'000'000));
  write_figure(out, "connected_clients", engine.sessions.size());
  const Stats& stats = engine.stats;
  write_figure(out, "total_connections_received", stats.connections_received);
  write_figure(out, "rejected_connections", stats.rejected_connections);
  write_figure(out, "total_commands_processed", stats.commands_processed);
  write_figure(out, "total_net_input_bytes", stats.net_input_bytes);
  write_figure(out, "total_net_output_bytes", stats.net_output_bytes);
  write_figure(out, "total_error_replies", stats.error_replies);
  for (uint32_t db = 0; db < engine.keyspace.database_count(); ++db) {
    const size_t keys = engine.keyspace.db(db).size();
    if (keys != 0) out.text("db").number(db).text(":keys=").number(static_cast<int64_t>(keys)).text("\n");
  }
}

// The kernel's figures of memory: pages in all, resident, shared.
void write_memory(SignalLog& out) {
  const sys::SysResult opened = sys::open("/proc/self/statm", O_RDONLY);
  if (!opened.ok()) return;
  const UniqueFd fd(opened.value);
  char text[128];
  const sys::IoResult got = sys::read(fd.get(), text, sizeof text);
  if (got.n > 0) out.text("statm:").text({text, static_cast<size_t>(got.n)});
}

void write_head(SignalLog& out, int signal, const siginfo_t* info) {
  out.text("\n=== AERIE BUG REPORT START: cut and paste from here ===\n");
  out.text("Aerie ").text(kAerieVersion).text(" crashed by signal ").number(signal);
  out.text(" (").text(signal_name(signal)).text("), code ").number(info->si_code).text(", address ");
  out.hex(reinterpret_cast<uintptr_t>(info->si_addr)).text(", process ").number(sys::process_id());
}

struct Part {
  std::string_view title;
  void (*write)(SignalLog&);
};

constexpr Part kParts[] = {
    {"\n\n------ BACKTRACE ------\n", write_backtrace},
    {"\n------ CURRENT CLIENT ------\n", write_client},
    {"", write_arguments},
    {"\n------ INFO ------\n", write_info},
    {"", write_memory},
    {"\n=== AERIE BUG REPORT END ===\n", [](SignalLog&) {}},
};

void on_fatal_signal(int signal, siginfo_t* info, void*) {
  for (const int fatal : kFatalSignals) sys::unblock_signal(fatal);
  {
    SignalLog out;
    if (first_signal == 0) {
      first_signal = signal;
      write_head(out, signal, info);
    } else {
      out.text("(this part of the report faulted)\n");
    }
    while (static_cast<size_t>(parts_begun) < std::size(kParts)) {
      const Part& part = kParts[parts_begun];
      parts_begun = parts_begun + 1;
      out.text(part.title);
      part.write(out);
    }
  }
  const int fatal = first_signal;
  sys::set_signal_handler(fatal, sys::kDefault);
  sys::send_signal(sys::process_id(), fatal);
}

}  // namespace

void install_crash_handlers() {
  void* frames[4];
  backtrace(frames, 4);
  sys::use_signal_stack(signal_stack, sizeof signal_stack);
  for (const int signal : kFatalSignals) sys::set_fault_handler(signal, on_fatal_signal);
}

void remove_crash_handlers() {
  for (const int signal : kFatalSignals) sys::set_signal_handler(signal, sys::kDefault);
}

void set_crash_engine(const Engine* engine) {
  crash_engine = engine;
}

void set_crash_context(const Session& session, const RequestBatch& batch) {
  running = {&session, &batch, session.commands, {}};
}

void set_crash_context(const Session& session, std::span<const std::string_view> args) {
  running = {&session, nullptr, 0, args};
}

void clear_crash_context() {
  running.session = nullptr;
}

}  // namespace aerie
