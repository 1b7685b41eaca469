#!/usr/bin/env python3
"""lint: the C++ files are as clang-format writes them."""

import os
import re
import subprocess

import tree

PROGRAM = os.environ.get("TOLLHOUSE_CLANG_FORMAT", "clang-format-19")
BATCH = 50


def check(source):
    files = source.code(chosen=True)
    for first in range(0, len(files), BATCH):
        given = subprocess.run([PROGRAM, "--dry-run", "-Werror", *files[first:first + BATCH]],
                               cwd=source.root, capture_output=True, text=True, check=False)
        if given.returncode == 0:
            continue
        seen = set()
        for match in re.finditer(r"^(\S+?):(\d+):\d+: error:", given.stderr, re.MULTILINE):
            if match.group(1) not in seen:  # the first place of a file is enough
                seen.add(match.group(1))
                yield match.group(1), int(match.group(2)), f"not as {PROGRAM} writes it"
        if not seen:
            yield ".clang-format", 1, given.stderr.strip()[:200]


if __name__ == "__main__":
    tree.run(check)
