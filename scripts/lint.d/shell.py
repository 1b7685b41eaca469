#!/usr/bin/env python3
"""lint: shellcheck over every shell script of the tree, known by its ending or its first line."""

import os
import re
import subprocess

import tree

PROGRAM = os.environ.get("TOLLHOUSE_SHELLCHECK", "shellcheck")


def is_shell(source, file):
    if source.is_data(file):
        return False
    if file.endswith(".sh"):
        return True
    if "." in os.path.basename(file):
        return False
    with open(os.path.join(source.root, file), "rb") as opened:
        return re.match(rb"#!.*\b(ba)?sh\b", opened.readline()) is not None


def check(source):
    files = [f for f in source.chosen if is_shell(source, f)]
    if not files:
        return
    given = subprocess.run([PROGRAM, "--format=gcc", *files], cwd=source.root,
                           capture_output=True, text=True, check=False)
    for match in re.finditer(r"^(\S+?):(\d+):\d+: \w+: (.*)$", given.stdout, re.MULTILINE):
        yield match.group(1), int(match.group(2)), match.group(3)
    if given.returncode > 1:
        yield "scripts", 1, given.stderr.strip()[:200]


if __name__ == "__main__":
    tree.run(check)
