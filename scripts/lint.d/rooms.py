#!/usr/bin/env python3
"""lint: each room has its README.md, each header somebody who includes it."""

import os
import re

import tree


def check(source):
    rooms = sorted({f.split("/")[1] for f in source.files if f.startswith("src/") and f.count("/") >= 2})
    for room in rooms:
        if f"src/{room}/README.md" not in source.files:
            yield f"src/{room}/README.md", 1, f"the room {room} has no README.md"
    included = set()
    for file in source.code():
        for match in re.finditer(r'#\s*include\s*[<"]([^>"]+)[>"]', source.text(file)):
            included.add(match.group(1))
            included.add(os.path.normpath(os.path.join(os.path.dirname(file), match.group(1))))
    # The build includes the precompiled header of the tests by its own means.
    built = "".join(source.text(f) for f in source.files
                    if f.endswith("CMakeLists.txt") or f.endswith(".cmake"))
    for file in source.code():
        if not file.endswith(".h"):
            continue
        short = file.split("/", 1)[1]
        if file not in included and short not in included and file not in built:
            yield file, 1, "nobody includes this header"


if __name__ == "__main__":
    tree.run(check)
