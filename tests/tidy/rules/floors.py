# SPDX-License-Identifier: BSD-3-Clause
#
# Laws 1 and 2: a file includes only its own room and the rooms below it; nothing goes in a circle, neither files nor
# rooms; include/aerie/<room> holds exactly the headers that somebody outside the room needs. Rooms and floors stand
# in tree.ROOMS, and src/CMakeLists.txt must say the same.
import re

from .tree import ROOMS, Finding


def _target_room(name):
    """The room that an include names and whether the header is public."""
    match = re.match(r"(aerie/)?([a-z_]+)/", name)
    if match is None or match[2] not in ROOMS:
        return None, False
    return match[2], bool(match[1])


def check_floors(tree):
    for file in tree.cpp():
        for line, name, quoted in file.includes():
            if not quoted:
                if name.startswith("aerie/"):
                    yield Finding(file.path, line, f"<{name}>: own headers are included with quotes")
                continue
            room, public = _target_room(name)
            if file.is_product:
                yield from _check_product_include(file, line, name, room, public)
            elif room is not None and not public and tree.has(f"src/{name}"):
                yield Finding(file.path, line, f'"{name}" is private to room {room}')


def _check_product_include(file, line, name, room, public):
    if file.room not in ROOMS:
        yield Finding(file.path, line, f"room {file.room} is not on any floor")
    elif room is None:
        yield Finding(file.path, line, f'"{name}": write "aerie/<room>/x.h" or "<room>/x.h"')
    elif room != file.room and not public:
        yield Finding(file.path, line, f'"{name}" is private to room {room}')
    elif room != file.room and room not in ROOMS[file.room]:
        yield Finding(file.path, line, f'room {file.room} may not include room {room} ("{name}")')
    elif file.path.startswith("include/") and not public:
        yield Finding(file.path, line, f'a public header includes the private "{name}"')


def check_room_list(tree):
    """src/CMakeLists.txt declares the rooms of tree.ROOMS with exactly the rooms that they may see."""
    path = "src/CMakeLists.txt"
    text = re.sub(r"#[^\n]*", "", tree.file(path).text)
    declared = {}
    for match in re.finditer(r"aerie_room\(\s*([a-z_]+)([^)]*)\)", text):
        rooms = re.search(r"\bROOMS\b((?:\s+[a-z_]+)*)", match[2])
        declared[match[1]] = tuple(rooms[1].split()) if rooms else ()
    for room, below in ROOMS.items():
        if room not in declared:
            yield Finding(path, 1, f"room {room} is missing")
        elif set(declared[room]) != set(below):
            yield Finding(path, 1, f"room {room} sees {sorted(declared[room])}, the floors say {sorted(below)}")
    for room in declared:
        if room not in ROOMS:
            yield Finding(path, 1, f"room {room} is not on any floor")
    for match in re.finditer(r"target_link_libraries\(\s*aerie_([a-z_]+)\s([^)]*)\)", text):
        for other in re.findall(r"\baerie_([a-z_]+)", match[2]):
            if other in ROOMS and other not in ROOMS.get(match[1], ()):
                yield Finding(path, 1, f"aerie_{match[1]} links aerie_{other} behind the back of aerie_room()")


def _graph(tree):
    graph = {}
    for file in tree.cpp():
        targets = (tree.resolve(file.path, name) for _, name, quoted in file.includes() if quoted)
        graph[file.path] = [target for target in targets if target is not None]
    return graph


def _find_cycle(graph):
    """One cycle as a list of nodes, or None. Depth first, without recursion."""
    done = set()
    for start in graph:
        trail, on_trail = [], set()
        stack = [(start, iter(graph.get(start, ())))]
        while stack:
            node, edges = stack[-1]
            if node not in on_trail:
                trail.append(node)
                on_trail.add(node)
            following = next((edge for edge in edges if edge not in done), None)
            if following is None:
                stack.pop()
                trail.pop()
                on_trail.discard(node)
                done.add(node)
            elif following in on_trail:
                return trail[trail.index(following):] + [following]
            else:
                stack.append((following, iter(graph.get(following, ()))))
    return None


def check_cycles(tree):
    graph = _graph(tree)
    cycle = _find_cycle(graph)
    if cycle is not None:
        yield Finding(cycle[0], 1, "files include each other: " + " -> ".join(cycle))
    rooms = {room: set() for room in ROOMS}
    for path, targets in graph.items():
        room = tree.file(path).room
        if room in rooms:
            rooms[room] |= {tree.file(t).room for t in targets if tree.file(t).room in ROOMS} - {room}
    cycle = _find_cycle({room: sorted(others) for room, others in rooms.items()})
    if cycle is not None:
        yield Finding("src", 1, "rooms include each other: " + " -> ".join(cycle))


def check_include_map(tree):
    """A header is in include/ exactly when a file outside its room includes it, itself or through another one."""
    graph = _graph(tree)
    needed = set()
    for path, targets in graph.items():
        room = tree.file(path).room
        needed |= {t for t in targets if t.startswith("include/") and tree.file(t).room != room}
    todo = list(needed)
    while todo:
        for target in graph.get(todo.pop(), ()):
            if target.startswith("include/") and target not in needed:
                needed.add(target)
                todo.append(target)
    for path in tree.paths:
        if not path.startswith("include/"):
            continue
        if not re.match(r"include/aerie/[a-z_]+/[a-z0-9_]+\.h$", path):
            yield Finding(path, 1, "include/ holds include/aerie/<room>/x.h and nothing else")
        elif path not in needed:
            yield Finding(path, 1, "nobody outside the room includes this header: move it to src/")
