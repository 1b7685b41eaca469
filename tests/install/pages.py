#!/usr/bin/env python3
"""Every command that the operators' pages, units, samples and alerts name is one of the program.

usage: pages.py PROGRAM"""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = ["README.md", "Dockerfile", "docs/install.md", "docs/runbooks/*.md", "docs/quickstart/*.md",
         "packaging/*", "packaging/*/*"]
# What stands behind these is a choice of the command's own help.
WITH_CHOICE = {"ledger", "rotate", "keygen"}


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def help_of(program, *command):
    done = subprocess.run([program, *command, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


def commands_of(program):
    return set(re.findall(r"^  ([a-z][a-z-]*)(?: |$)", help_of(program), re.MULTILINE))


def code_of(path):
    """The parts of a file that are to be typed or run."""
    text = text_of(path)
    if not path.endswith(".md"):
        return [text]
    fenced = re.findall(r"^ *```.*?\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return fenced + [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", rest)]


def faults_in(path, program, commands):
    for code in code_of(path):
        for command, choice in re.findall(r"(?<![-/\w.])tollhouse ([a-z][a-z-]*)(?: ([a-z][\w-]*))?",
                                          code):
            if command not in commands:
                yield f"tollhouse {command}"
            elif choice and command in WITH_CHOICE and choice not in help_of(program, command):
                yield f"tollhouse {command} {choice}"


def main():
    program = os.path.abspath(sys.argv[1])
    commands = commands_of(program)
    if "serve" not in commands:
        sys.exit("pages: --help lists no commands that this test can read")
    paths = sorted(path for page in PAGES for path in glob.glob(os.path.join(ROOT, page))
                   if os.path.isfile(path))
    faults = [f"{os.path.relpath(path, ROOT)}: no command `{fault}`"
              for path in paths for fault in faults_in(path, program, commands)]
    if faults:
        sys.exit("pages: " + "\npages: ".join(faults))
    print(f"pages: commands in {len(paths)} files: ok")


if __name__ == "__main__":
    main()
