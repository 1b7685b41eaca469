#!/usr/bin/env python3
"""lint: every header compiles alone."""

import concurrent.futures
import os
import re
import subprocess

import tree

COMPILER = os.environ.get("TOLLHOUSE_CLANG", "clang++-19")


def alone(root, file):
    # Included from an empty file, so that `#pragma once` is at home.
    given = subprocess.run(
        [COMPILER, "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Isrc", "-Iinclude", "-Itests",
         "-x", "c++", "-include", file, os.devnull],
        cwd=root, capture_output=True, text=True, timeout=300, check=False)
    if given.returncode == 0:
        return
    for line in given.stderr.split("\n"):
        if found := re.match(r"(\S+?):(\d+):\d+: (?:fatal )?error: (.*)", line):
            yield file, int(found.group(2)) if found.group(1).endswith(file) else 1, \
                f"does not compile alone: {found.group(3)}"
            return
    yield file, 1, f"does not compile alone: {given.stderr.strip()[:200]}"


def check(source):
    headers = [f for f in source.code("src", "include", chosen=True) if f.endswith(".h")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda file: list(alone(source.root, file)), headers):
            yield from found


if __name__ == "__main__":
    tree.run(check)
