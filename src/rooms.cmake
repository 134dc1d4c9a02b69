# SPDX-License-Identifier: BSD-3-Clause
# aerie_room(<name> ROOMS <rooms below> [SOURCES <files>]): one static library that may include exactly its own
# room and the rooms it names. aerie_compile_options(<target>) sets what every target of the project shares.

function(aerie_compile_options target)
  # g++ 12 reports overlaps inside libstdc++'s own string concatenation that cannot happen (GCC bug 105651).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    set(restrict_warning -Wno-restrict)
  endif()
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wconversion -Wshadow -Wno-sign-conversion ${restrict_warning}
    $<$<BOOL:${AERIE_WERROR}>:-Werror>
    -fno-omit-frame-pointer)
  if(AERIE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${AERIE_SANITIZE} -fno-sanitize-recover=all)
    # The product has no RTTI, without which dynamic types cannot be checked.
    if(AERIE_SANITIZE MATCHES "undefined")
      target_compile_options(${target} PRIVATE -fno-sanitize=vptr)
    endif()
    target_link_options(${target} PRIVATE -fsanitize=${AERIE_SANITIZE})
    # Instrumented code hides initialisation from g++'s flow analysis, which then reports libstdc++'s own headers.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
  endif()
endfunction()

# The product is built without exceptions and RTTI; tests are not.
function(aerie_product_options target)
  aerie_compile_options(${target})
  target_compile_options(${target} PRIVATE -fno-exceptions -fno-rtti)
endfunction()

function(aerie_room name)
  cmake_parse_arguments(ROOM "" "" "ROOMS;SOURCES" ${ARGN})
  if(NOT ROOM_SOURCES)
    file(GLOB ROOM_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cc)
  endif()
  add_library(aerie_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(aerie_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include PRIVATE ${PROJECT_SOURCE_DIR}/src)
  foreach(below IN LISTS ROOM_ROOMS)
    target_link_libraries(aerie_${name} PUBLIC aerie_${below})
  endforeach()
  # The headers are C++20, also for a program whose own standard is older.
  target_compile_features(aerie_${name} PUBLIC cxx_std_20)
  aerie_product_options(aerie_${name})
endfunction()
