// SPDX-License-Identifier: BSD-3-Clause
//
// Which general allocator the program was linked with. Chosen by CMake (option AERIE_ALLOCATOR); nothing else
// in the project depends on the choice. Small keys do not come from here but from the store's slab.
#pragma once

#include <string>

namespace aerie {

// Name and version as INFO's mem_allocator prints them: "mimalloc-2.0.9", "jemalloc-5.3.0" or "libc".
std::string allocator_name();

// Sets the allocator of this process to short pauses: what is freed is joined with its neighbours at once,
// not a million blocks together in the middle of some later call, and what is large is always a mapping of
// its own. For the start of a program; does nothing for allocators other than glibc's.
void prefer_short_pauses();

// Gives free memory back to the system. May take long where there is much of it.
void release_free_memory();

}  // namespace aerie
