#!/usr/bin/env python3
"""lint: clang-tidy over the sources of the product and its fuzz targets. Tests are left out: what
the macros of GoogleTest unfold to is not ours."""

import concurrent.futures
import json
import os
import re
import subprocess

import tree

PROGRAM = os.environ.get("TOLLHOUSE_CLANG_TIDY", "clang-tidy-19")
BUILD = "build/release"
WARNING = re.compile(r"^(\S+?):(\d+):\d+: (?:warning|error|fatal error): (.*)$", re.MULTILINE)


def tidied(root, file):
    given = subprocess.run([PROGRAM, "-p", BUILD, "--quiet", "--warnings-as-errors=*", file],
                           cwd=root, capture_output=True, text=True, timeout=900, check=False)
    if given.returncode == 0:
        return []
    top = os.path.realpath(root) + os.sep
    found = [(m.group(1).removeprefix(top), int(m.group(2)), m.group(3))
             for m in WARNING.finditer(given.stdout + given.stderr)]
    return found or [(file, 1, f"{PROGRAM}: {(given.stderr or given.stdout).strip()[:200]}")]


def check(source):
    commands = os.path.join(source.root, BUILD, "compile_commands.json")
    files = [f for f in source.code("src", "fuzz", chosen=True) if f.endswith(".cc")]
    if not files:
        return
    if not os.path.exists(commands):
        yield commands, 1, "not there: configure the preset release first"
        return
    with open(commands, encoding="utf-8") as opened:
        built = {os.path.realpath(os.path.join(c["directory"], c["file"])) for c in json.load(opened)}
    known = [f for f in files if os.path.realpath(os.path.join(source.root, f)) in built]
    for file in sorted(set(files) - set(known)):
        yield file, 1, "no target builds this file"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda file: tidied(source.root, file), known):
            yield from found


if __name__ == "__main__":
    tree.run(check)
