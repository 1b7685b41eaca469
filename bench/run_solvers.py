#!/usr/bin/env python3
"""bench: `tollhouse bench solve` against a Node and a Python solver, on the same machine.

Both others do what their authors would write: Node hashes challenge and nonce with createHash, Python
copies a midstate of hashlib. Rounds alternate; medians in million hashes a second of one core, CPU time
for the two, wall time for ours (so a busy machine speaks against us).
"""

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

ROUNDS = 5
SECONDS = 1.0
CHUNK = 20_000
PREFIX = b"c" * 64

NODE = """
const { createHash } = require('crypto');
const prefix = 'c'.repeat(64), begun = process.cpuUsage();
let tried = 0, found = 0, used = 0;
while (used < SECONDS) {
  for (let i = 0; i < CHUNK; ++i, ++tried) {
    const hash = createHash('sha256').update(prefix + tried).digest();
    if (hash.readUInt32BE(0) === 0) ++found;
  }
  const spent = process.cpuUsage(begun);
  used = (spent.user + spent.system) / 1e6;
}
console.log(tried / used);
"""


def by_python():
    midstate = hashlib.sha256(PREFIX)
    begun = time.process_time()
    tried = found = 0
    while time.process_time() - begun < SECONDS:
        for nonce in range(tried, tried + CHUNK):
            attempt = midstate.copy()
            attempt.update(b"%d" % nonce)
            if attempt.digest()[:4] == b"\0\0\0\0":
                found += 1
        tried += CHUNK
    return tried / (time.process_time() - begun)


def by_node():
    script = NODE.replace("SECONDS", str(SECONDS)).replace("CHUNK", str(CHUNK))
    return float(subprocess.run(["node", "-e", script], capture_output=True, check=True).stdout)


def by_tollhouse(program):
    answer = subprocess.run([program, "bench", "solve", "--json"], capture_output=True, check=True)
    figures = json.loads(answer.stdout)["figures"]
    return max(row["value"] for row in figures if row["name"].startswith("one core"))


def main():
    rounds = 1 if "--short" in sys.argv[1:] else ROUNDS
    program = os.path.join(os.environ.get("TOLLHOUSE_BUILD", "build/release"), "tollhouse")
    solvers = {"tollhouse": lambda: by_tollhouse(program), "Python": by_python}
    if shutil.which("node"):
        solvers["Node"] = by_node
    else:
        print("no node on this machine: left out", file=sys.stderr)
    rates = {name: [] for name in solvers}
    for _ in range(rounds):
        for name, solve in solvers.items():
            rates[name].append(solve())
    ours = statistics.median(rates["tollhouse"])
    for name, values in rates.items():
        median = statistics.median(values)
        figure = f"{name} solver, one core"
        print(json.dumps({"figure": figure, "median": median, "unit": "H/s", "rounds": rounds}))
        print(f"| {figure} | {median / 1e6:.2f} MH/s, tollhouse {ours / median:.1f} times | |")


if __name__ == "__main__":
    main()
