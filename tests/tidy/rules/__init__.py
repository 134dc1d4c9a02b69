# SPDX-License-Identifier: BSD-3-Clause
#
# The rules of the house, one function per rule. A rule takes a Tree (tree.py) and yields Finding objects; a tree that
# keeps the rule yields none. RULES is the list that tidy.py runs and tests/tidy/CMakeLists.txt names one by one; each
# rule has samples in self_test.py that prove it can fail.
from . import docs, floors, headers, repository, sizes, text

RULES = {
    "floors": floors.check_floors,
    "room_list": floors.check_room_list,
    "cycles": floors.check_cycles,
    "include_map": floors.check_include_map,
    "self_contained": headers.check_self_contained,
    "file_sizes": sizes.check_file_sizes,
    "function_sizes": sizes.check_function_sizes,
    "file_heads": text.check_file_heads,
    "banned_calls": text.check_banned_calls,
    "header_hygiene": headers.check_hygiene,
    "type_switches": text.check_type_switches,
    "words": text.check_words,
    "error_texts": text.check_error_texts,
    "top_level": repository.check_top_level,
    "test_command": repository.check_test_command,
    "doc_names": docs.check_names,
    "doc_links": docs.check_links,
}
