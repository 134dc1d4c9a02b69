// SPDX-License-Identifier: BSD-3-Clause
//
// What the system says about this process and its machine, read when asked (INFO); nothing is cached. Where
// the system does not tell, numbers are 0 and texts "unknown".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace aerie {

// Resident memory of the process in bytes.
size_t resident_bytes();
// Memory of the machine in bytes.
size_t total_system_bytes();
// Bytes of memory that this process may have: the machine's, or the limit of its control group where that is
// less.
size_t available_memory_bytes();
// Kernel and machine: "Linux 6.1.0 x86_64".
std::string operating_system();

struct CpuTimes {
  int64_t user_us = 0;
  int64_t system_us = 0;
};
CpuTimes process_cpu_times();
CpuTimes child_cpu_times();
CpuTimes thread_cpu_times();

}  // namespace aerie
