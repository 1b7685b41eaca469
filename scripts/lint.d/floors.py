#!/usr/bin/env python3
"""lint: a room includes only what its line in CMakeLists.txt says, and that line only looks down."""

import re

import tree

HEAVY = {
    "curl": r"curl/", "sqlite": r"sqlite3", "openssl": r"openssl/", "yaml-cpp": r"yaml-cpp/",
    "CLI11": r"CLI/|CLI11", "spdlog": r"spdlog/", "secp256k1": r"secp256k1",
}
# Floors 0 to 3 are pure: what these headers bring is I/O, a thread or a coroutine.
IMPURE = re.compile(
    r"^(thread|future|fstream|iostream|filesystem|coroutine|condition_variable"
    r"|sys/(socket|epoll|eventfd|timerfd|stat|mman)\.h|netinet/.*|netdb\.h|poll\.h|fcntl\.h)$")
PURE_UP_TO = 3
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def rooms_of(text):
    """Name -> (floor, uses, line), from the tollhouse_room() lines."""
    rooms = {}
    for match in re.finditer(r"^tollhouse_room\(\s*(\w+)\s+FLOOR\s+(\d+)([^)]*)\)", text, re.MULTILINE):
        words = match.group(3).split()
        uses, reading = [], False
        for word in words:
            if word in ("USES", "LIBRARIES"):
                reading = word == "USES"
            elif reading:
                uses.append(word)
        rooms[match.group(1)] = (int(match.group(2)), uses, tree.line_of(text, match.start()))
    return rooms


def check_plan(rooms):
    for name, (floor, uses, line) in rooms.items():
        for used in uses:
            if used not in rooms:
                yield "CMakeLists.txt", line, f"{name} uses {used}, which is no room"
                continue
            below = rooms[used][0]
            if below > floor:
                yield "CMakeLists.txt", line, f"{name} (floor {floor}) looks up at {used} (floor {below})"
            elif below == floor and floor in (1, 2):
                yield "CMakeLists.txt", line, f"{name} uses its neighbour {used} on floor {floor}"
            elif below == floor and name in rooms[used][1]:
                yield "CMakeLists.txt", line, f"{name} and {used} use each other"


def check_includes(source, room, rooms, file):
    text = tree.without_comments(source.text(file), keep_strings=True)
    floor, uses, _ = rooms[room]
    for match in INCLUDE.finditer(text):
        line, name = tree.line_of(text, match.start()), match.group(2)
        if match.group(1) == "<":
            if floor <= PURE_UP_TO and IMPURE.match(name):
                yield file, line, f"<{name}> on floor {floor}: floors 0 to {PURE_UP_TO} are pure"
            continue
        other = name.split("/")[0]
        if "/" not in name or name.startswith("."):
            yield file, line, f'"{name}": an include is written "room/file.h"'
        elif other in rooms and other != room and other not in uses:
            yield file, line, f"{room} includes {name}, but does not use {other} in CMakeLists.txt"
        elif other not in rooms and other not in ("tollhouse",) + tuple(HEAVY):
            yield file, line, f'"{name}": {other} is no room'


def check_heavy(source, room, headers):
    """A heavy header stands in one header of a room at most, and that one is nobody else's."""
    for library, pattern in HEAVY.items():
        holders = []
        for file in headers:
            text = tree.without_comments(source.text(file), keep_strings=True)
            for match in INCLUDE.finditer(text):
                if re.match(pattern, match.group(2)) and match.group(1) == "<":
                    holders.append((file, tree.line_of(text, match.start())))
        if len({f for f, _ in holders}) > 1:
            for file, line in holders:
                yield file, line, f"{library} is included by more than one header of {room}"
        for file, line in holders:
            own = file.removeprefix("src/")
            for other in source.code("src", "include"):
                if not other.startswith(f"src/{room}/") and f'#include "{own}"' in source.text(other):
                    yield file, line, f"{library} leaves its room: {other} includes this header"


def check(source):
    rooms = rooms_of(source.text("CMakeLists.txt"))
    yield from check_plan(rooms)
    for file in source.code("src"):
        room = file.split("/")[1]
        if room not in rooms:
            yield file, 1, f"{room} has no tollhouse_room() line in CMakeLists.txt"
        else:
            yield from check_includes(source, room, rooms, file)
    for room in rooms:
        headers = [f for f in source.code(f"src/{room}") if f.endswith(".h")]
        yield from check_heavy(source, room, headers)


if __name__ == "__main__":
    tree.run(check)
