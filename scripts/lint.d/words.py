#!/usr/bin/env python3
"""lint: words, sizes and openings that must not be: left-over notes, places of one machine, files
that no one reads to the end, tests that sleep or do not run."""

import re

import tree

LINES_MAX = 600
TEXT = (".cc", ".h", ".md", ".py", ".sh", ".cmake", ".txt", ".yaml", ".yml", ".json", "")

# Written in parts, so that this file does not find itself.
NOTES = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
PLACES = re.compile(
    r"(?<![\w.])/(work|home|root)/\w|\.\./sha" r"red\b|registry\.np" r"mjs|files\.python" r"hosted"
    r"|proxy\.gol" r"ang\.org")
SCRATCH = re.compile(r"(?<![\w.$}])/tm" r"p/\w")
# A coroutine on a reactor's timer waits for that event; under the simulator it takes no time.
SLEEP = re.compile(r"(?<!reactor\.)(?<!reactor_\.)\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(|\btime\.sleep\b|^\s*sleep\s+[\d.$]")
NOT_RUN = re.compile(r"\b(DISABLED_\w|GTEST_" r"SKIP)\b|\bDISABLED_" r"\w")


def opening_of(text):
    """The comment that a file opens with."""
    lines = []
    for line in text.split("\n"):
        if not line.startswith("//"):
            break
        lines.append(line.lstrip("/ "))
    return "\n".join(lines)


def check_opening(file, text):
    opening = opening_of(text)
    if not opening:
        yield file, 1, "opens without a comment that says what it is"
    elif file.startswith("src/"):
        room = file.split("/")[1]
        if not re.search(rf"\b{re.escape(room)}\b", opening):
            yield file, 1, f"the opening comment does not name the room {room}"


def check_tests(file, text):
    plain = tree.without_comments(text) if file.endswith(tree.CODE) else text
    for number, line in enumerate(plain.split("\n"), 1):
        if SLEEP.search(line):
            yield file, number, "a test that sleeps: wait for the event"
        if NOT_RUN.search(line):
            yield file, number, "a test that does not run"


def check(source):
    for file in source.chosen:
        name = file.rsplit("/", 1)[-1]
        ending = "." + name.rsplit(".", 1)[1] if "." in name else ""
        if source.is_data(file) or ending not in TEXT or name == "LICENSE":
            continue
        text = source.text(file)
        for number, line in enumerate(text.split("\n"), 1):
            if match := NOTES.search(line):
                yield file, number, f"{match.group(1)}: an issue, or done"
            if PLACES.search(line):
                yield file, number, "a place of one machine or workplace"
            if SCRATCH.search(line) and file.startswith(("src/", "tests/", "bench/", "scripts/")):
                yield file, number, "a fixed place for scratch files: use an own folder"
        if ending in tree.CODE + (".py", ".sh"):
            length = text.count("\n")
            if length > LINES_MAX:
                yield file, LINES_MAX + 1, f"{length} lines: at most {LINES_MAX}, split it"
        if ending in tree.CODE:
            yield from check_opening(file, text)
        if file.startswith("tests/"):
            yield from check_tests(file, text)


if __name__ == "__main__":
    tree.run(check)
