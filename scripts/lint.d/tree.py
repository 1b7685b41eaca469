"""lint: what the checks share: the list of files, C++ text without comments and strings, findings."""

import argparse
import os
import re
import subprocess
import sys

CODE = (".cc", ".h")
# Data of others and seeds of the fuzzers are not ours to judge.
DATA = ("tests/vectors/", "fuzz/corpus/")
BUILT = ("build", ".git", "node_modules", "__pycache__", ".venv")


class Tree:
    """The files of one source tree; `changed` limits the checks that look at single files."""

    def __init__(self, root, changed=None):
        self.root = root
        self.files = self._list()
        known = set(self.files)
        self.chosen = self.files if changed is None else [f for f in changed if f in known]

    def _list(self):
        if os.path.exists(os.path.join(self.root, ".git")):
            listed = subprocess.run(
                ["git", "-C", self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                check=True, capture_output=True, text=True).stdout.split("\0")
            return sorted({f for f in listed if f and os.path.isfile(os.path.join(self.root, f))})
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if f not in BUILT]
            found += [os.path.relpath(os.path.join(folder, n), self.root) for n in names]
        return sorted(found)

    def text(self, file):
        with open(os.path.join(self.root, file), encoding="utf-8", errors="replace") as opened:
            return opened.read()

    def is_data(self, file):
        return file.startswith(DATA)

    def code(self, *folders, chosen=False):
        """C++ files below `folders` (all of them where none is named)."""
        return [f for f in (self.chosen if chosen else self.files)
                if f.endswith(CODE) and not self.is_data(f)
                and (not folders or f.startswith(tuple(x + "/" for x in folders)))]


def without_comments(text, keep_strings=False):
    """The same text, as long and with the same lines, with comments (and strings) blanked."""
    pattern = re.compile(
        r'R"(?P<mark>[^(\s]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\''
        r"|//[^\n]*|/\*.*?\*/", re.DOTALL)

    def blank(match):
        found = match.group(0)
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        if keep_strings:
            return found
        return found[0] + re.sub(r"[^\n]", "_", found[1:-1]) + found[-1]

    return pattern.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def closing(text, opening):
    """Position of the bracket that closes the one at `opening`; the end of the text if none does."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    own, other, depth = text[opening], pairs[text[opening]], 0
    for position in range(opening, len(text)):
        if text[position] == own:
            depth += 1
        elif text[position] == other:
            depth -= 1
            if depth == 0:
                return position
    return len(text)


def run(check):
    """Runs `check(tree)`, which yields (file, line, message), as a program."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--root", default=".")
    arguments.add_argument("--changed", help="file with the names to look at, one a line")
    given = arguments.parse_args()
    changed = None
    if given.changed:
        with open(given.changed, encoding="utf-8") as listed:
            changed = listed.read().split("\n")
    found = sorted(set(check(Tree(given.root, changed))))
    for file, line, message in found:
        print(f"{file}:{line}: {message}")
    sys.exit(1 if found else 0)
