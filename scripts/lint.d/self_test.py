#!/usr/bin/env python3
"""lint: shows that each check passes a good tree and fails each fault, one per row."""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

PLAN = """tollhouse_room(base FLOOR 0)
tollhouse_room(json FLOOR 1 USES base)
tollhouse_room(http FLOOR 1 USES base)
tollhouse_room(gate FLOOR 5 USES base json http)
"""

GOOD = {
    "CMakeLists.txt": PLAN,
    ".clang-format": "BasedOnStyle: Google\nColumnLimit: 100\n",
    ".clang-tidy": "Checks: '-*,bugprone-integer-division'\n",
    "src/base/README.md": "# base\n",
    "src/base/money.h": "// base: money.\n#pragma once\nint money();\n",
    "src/base/money.cc": '// base: money.\n#include "base/money.h"\n\nint money() { return 1; }\n',
    "src/json/README.md": "# json\n",
    "src/json/reader.cc": '// json: the reader.\n#include "base/money.h"\n\nint read() { return money(); }\n',
    "src/http/README.md": "# http\n",
    "src/gate/README.md": "# gate\n",
    "src/gate/admit.cc": "// gate: admission.\n" + """
Task<void> serve(Stream& stream, Conversation& conversation) {
  Action action = conversation.start(clock.now());
  while (!closed(action)) {
    const Event event = co_await io::perform(stream, action);
    action = conversation.step(event);
    switch (action) {
      case Action::read:
        co_await stream.read(buffer, 16, std::move(deadline));
        break;
    }
    outcome_ = co_await wallet->look_up(hash, kDeadline, *this, &call);
    const auto [answer, rest] = co_await pending;
    const Result<Invoice, Reason> made = co_await ports_.wallet->make<Kind>(terms);
  }
  auto later = [action](int x) { return x; };
  co_return;
}
""",
    "tests/base/money_test.cc": "// Money.\nTEST(Money, Counts) { EXPECT_EQ(money(), 1); }\n",
    "scripts/build": "#!/usr/bin/env bash\necho \"$1\"\n",
}

A = "src/gate/admit.cc"
M = "src/base/money.cc"


def gate(*lines):
    body = "\n".join("  " + line for line in lines)
    return "// gate: admission.\nTask<void> f() {\n" + body + "\n}\n"


# check, name, files on top of the good tree (None takes one away), place and words of the finding.
FAULTS = [
    ("floors", "neighbour", {"CMakeLists.txt": PLAN.replace("http FLOOR 1 USES base", "http FLOOR 1 USES base json")},
     "CMakeLists.txt:3", "neighbour"),
    ("floors", "looks up", {"CMakeLists.txt": PLAN.replace("json FLOOR 1 USES base", "json FLOOR 1 USES base gate")},
     "CMakeLists.txt:2", "looks up"),
    ("floors", "circle on a floor", {"CMakeLists.txt": PLAN + "tollhouse_room(api FLOOR 6 USES desk)\ntollhouse_room(desk FLOOR 6 USES api)\n"},
     "CMakeLists.txt:5", "use each other"),
    ("floors", "unknown room", {"CMakeLists.txt": PLAN + "tollhouse_room(io FLOOR 4 USES bass)\n"},
     "CMakeLists.txt:5", "no room"),
    ("floors", "include not in USES", {"src/json/reader.cc": '// json.\n#include "http/head.h"\n'},
     "src/json/reader.cc:2", "does not use http"),
    ("floors", "include upwards", {M: '// base.\n#include "json/reader.h"\n'}, M + ":2", "does not use json"),
    ("floors", "include of no room", {M: '// base.\n#include "helpers/x.h"\n'}, M + ":2", "is no room"),
    ("floors", "include without room", {M: '// base.\n#include "money.h"\n'}, M + ":2", "room/file.h"),
    ("floors", "thread on floor 0", {M: "// base.\n#include <thread>\n"}, M + ":2", "pure"),
    ("floors", "room without a line", {"src/attic/x.cc": "// attic\n"}, "src/attic/x.cc:1", "no tollhouse_room"),
    ("floors", "heavy header leaves", {
        "src/base/money.h": "// base: money.\n#include <sqlite3.h>\n"}, "src/base/money.h:2", "leaves its room"),
    ("floors", "heavy header twice", {
        "src/gate/a.h": "// gate\n#include <sqlite3.h>\n", "src/gate/b.h": "// gate\n#include <sqlite3.h>\n"},
     "src/gate/a.h:2", "more than one header"),
    ("rooms", "no README", {"src/http/README.md": None, "src/http/x.cc": "// http\n"}, "src/http/README.md:1", "no README"),
    ("rooms", "dead header", {"src/gate/old.h": "// gate\n"}, "src/gate/old.h:1", "nobody includes"),
    ("words", "note", {M: "// base: money.\n// TO" "DO: later\n"}, M + ":2", "an issue, or done"),
    ("words", "note in a page", {"docs/x.md": "FIX" "ME\n"}, "docs/x.md:1", "an issue, or done"),
    ("words", "home folder", {"docs/x.md": "see /ho" "me/ann/x\n"}, "docs/x.md:1", "one machine"),
    ("words", "scratch", {M: '// base: money.\nauto p = "/tm' 'p/x";\n'}, M + ":2", "own folder"),
    ("words", "long file", {M: "// base: money.\n" + "int x();\n" * 600}, M + ":601", "split it"),
    ("words", "no opening", {M: "int money();\n"}, M + ":1", "opens without"),
    ("words", "opening without room", {M: "// money.\n"}, M + ":1", "name the room base"),
    ("words", "sleep", {"tests/base/money_test.cc": "// x\nstd::this_thread::sleep_for(1s);\n"},
     "tests/base/money_test.cc:2", "sleeps"),
    ("words", "sleep in a script", {"tests/process/x.sh": "#!/bin/sh\nsleep 1\n"}, "tests/process/x.sh:2", "sleeps"),
    ("words", "disabled", {"tests/base/money_test.cc": "// x\nTEST(Money, DISABLED_" "Counts) {}\n"},
     "tests/base/money_test.cc:2", "does not run"),
    ("words", "skipped", {"tests/base/money_test.cc": "// x\nGTEST_" "SKIP();\n"},
     "tests/base/money_test.cc:2", "does not run"),
    ("awaits", "braces", {A: gate("co_await send(Frame{1});")}, A + ":3", "stands alone"),
    ("awaits", "bare braces", {A: gate("co_await send({1, 2});")}, A + ":3", "stands alone"),
    ("awaits", "temporary", {A: gate("co_await send(frame(1));")}, A + ":3", "stands alone"),
    ("awaits", "temporary object", {A: gate("co_await make(1).send(x);")}, A + ":3", "stands alone"),
    ("awaits", "string", {A: gate('co_await send("x");')}, A + ":3", "stands alone"),
    ("awaits", "lambda", {A: gate("co_await send([] { return 1; });")}, A + ":3", "stands alone"),
    ("awaits", "sum", {A: gate("co_await wait(now + timeout);")}, A + ":3", "stands alone"),
    ("awaits", "in a condition", {A: gate("if (co_await ready(x)) stop();")}, A + ":3", "stands alone"),
    ("awaits", "behind a condition", {A: gate("if (x) co_await ready(x);")}, A + ":3", "stands alone"),
    ("awaits", "in a call", {A: gate("use(co_await ready(x));")}, A + ":3", "stands alone"),
    ("awaits", "returned", {A: gate("co_return co_await ready(x);")}, A + ":3", "stands alone"),
    ("awaits", "result used", {A: gate("auto x = (co_await ready(x)).value();")}, A + ":3", "stands alone"),
    ("awaits", "over two lines", {A: gate("const auto x =", "    co_await send(a,", "  Frame(b));")},
     A + ":4", "stands alone"),
    ("awaits", "catch", {A: gate("try {", "  x();", "} catch (const E& e) {", "  co_await stop(x);", "}")},
     A + ":6", "in a catch"),
    ("awaits", "capturing coroutine", {A: gate("auto f = [&x](int y) -> Task<int> { co_return y; };")},
     A + ":3", "captures"),
    ("awaits", "capturing inner coroutine",
     {A: gate("auto f = [] { auto g = [=]() { co_await x; }; };")}, A + ":3", "captures"),
    ("format", "badly set", {M: "// base: money.\nint   money( );\n"}, M + ":2", "clang-format"),
    ("shell", "unquoted", {"scripts/build": "#!/bin/sh\nrm $1/x\n"}, "scripts/build:2", "Double quote"),
    ("headers", "needs another", {"src/base/money.h": "// base: money.\n#pragma once\nstd::string money();\n"},
     "src/base/money.h:3", "does not compile alone"),
    ("tidy", "fault", {M: "// base: money.\ndouble half() { return 1 / 2; }\n"}, M + ":2", "integer division"),
    ("tidy", "built by nobody", {"src/base/lost.cc": "// base: lost.\n"}, "src/base/lost.cc:1", "no target"),
]

# Shapes that must pass, beside the good tree.
CALM = [
    ("awaits", "co_await in a comment", {A: "// gate\n// if (co_await x(y{})) is not allowed\n"}),
    ("awaits", "coroutine lambda without captures", {A: gate("auto f = [](int y) -> Task<int> { co_return y; };")}),
    ("awaits", "subscript is no lambda", {A: gate("table[row] = 1;", "co_await go(table[row]);")}),
    ("words", "sleeping beauty in product code", {M: "// base: money.\nvoid sleep_for();\n"}),
    ("words", "data of others", {"tests/vectors/x.json": "TO" "DO\n", "fuzz/corpus/x/y": "FIX" "ME\n"}),
]


def write(root, files):
    for name, text in files.items():
        if text is None:
            continue
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as opened:
            opened.write(text)
    commands = ",".join(
        f'{{"directory": "{root}", "file": "{f}", "command": "clang++-19 -std=c++23 -Isrc -c {f}"}}'
        for f in ("src/base/money.cc",))
    path = os.path.join(root, "build/release")
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, "compile_commands.json"), "w", encoding="utf-8") as opened:
        opened.write(f"[{commands}]")


def found_in(check, files, changed=None):
    with tempfile.TemporaryDirectory() as root:
        write(root, files)
        command = [sys.executable, "-B", os.path.join(HERE, check + ".py"), "--root", root]
        if changed is not None:
            listed = os.path.join(root, "build", "changed")
            with open(listed, "w", encoding="utf-8") as opened:
                opened.write("\n".join(changed))
            command += ["--changed", listed]
        given = subprocess.run(command, capture_output=True, text=True, check=False)
        return given.returncode, given.stdout + given.stderr


def found_after_a_later_change():
    """What `scripts/lint words` says of a fault that came before the last commit."""
    with tempfile.TemporaryDirectory() as root:
        write(root, {M: "int money();\n"})
        scripts = os.path.dirname(HERE)
        shutil.copytree(HERE, os.path.join(root, "scripts/lint.d"))
        shutil.copy(os.path.join(scripts, "lint"), os.path.join(root, "scripts/lint"))
        git = ["git", "-C", root, "-c", "user.name=lint", "-c", "user.email=lint@localhost"]
        subprocess.run([*git, "init", "--quiet"], check=True)
        for change in ("the fault", "something else"):
            with open(os.path.join(root, "last_change.md"), "w", encoding="utf-8") as opened:
                opened.write(change + "\n")
            subprocess.run([*git, "add", "--all"], check=True)
            subprocess.run([*git, "commit", "--quiet", "--message", change], check=True)
        given = subprocess.run([os.path.join(root, "scripts/lint"), "words"], capture_output=True,
                               text=True, check=False)
        return given.returncode, given.stdout + given.stderr


def main():
    wrong = []

    def expect(name, holds, output):
        if not holds:
            wrong.append(name)
            print(f"self-test: {name}\n{output}")

    checks = sorted({row[0] for row in FAULTS})
    # tidy and headers look at single files; the good tree's coroutine is not compiled.
    for check in checks:
        few = [f for f in GOOD if f.startswith("src/base/")] if check in ("tidy", "format") else None
        status, output = found_in(check, GOOD, few)
        expect(f"{check}: the good tree passes", status == 0 and not output, output)
    for check, name, files in CALM:
        status, output = found_in(check, {**GOOD, **files})
        expect(f"{check}: {name} passes", status == 0, output)
    for check, name, files, place, words in FAULTS:
        changed = list(files) if check == "tidy" else None
        status, output = found_in(check, {**GOOD, **files}, changed)
        hit = any(line.startswith(place + ":") and words in line for line in output.split("\n"))
        expect(f"{check}: {name} is found at {place}", status == 1 and hit, output)
    status, output = found_in("words", {**GOOD, M: "int money();\n"}, ["src/json/reader.cc"])
    expect("words: what has not changed is not looked at", status == 0, output)

    status, output = found_after_a_later_change()
    expect("words: a fault before the last commit is found", status == 1 and M in output, output)

    count = len(checks) + len(CALM) + len(FAULTS) + 2
    print(f"lint self-test: {count - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
