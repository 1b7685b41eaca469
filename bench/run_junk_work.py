#!/usr/bin/env python3
"""Good calls under a flood of junk solutions of work: p99 with the flood against p99 without it, at
half the rate at which good calls saturate the gate; paired rounds, medians. The flood is offered at
the rate asked for, and what the gate answers of it is stated: above the client's limit of failed
credentials it reads from such connections later. `--unlimited` lifts that limit.

usage: run_junk_work.py [--rounds N] [--seconds S] [--junk RATE] [--unlimited] [--build DIR] [--short]
"""
import argparse
import importlib.util
import json
import os
import secrets
import statistics
import subprocess
import sys

specification = importlib.util.spec_from_file_location(
    "against_nginx", os.path.join(os.path.dirname(__file__), "run_gate_against_nginx.py"))
against_nginx = importlib.util.module_from_spec(specification)
specification.loader.exec_module(against_nginx)

GATE = """
listen: 127.0.0.1:{port}
admin: off
data_dir: {folder}/data
upstream: http://127.0.0.1:{upstream}/mcp
log: {{ level: error }}
tools:
  pass: {{ price: 5 sat, uses: unlimited, valid_for: 1h }}
  worked: {{ work: 18 bits }}
limits: {{ requests_per_connection: 1000000000, connections_per_client: 60000{more}
"""
UNLIMITED = """, failed_credentials_per_minute: 1000000 }
rails: { pow: { challenges_per_minute: 10000000 } }"""
CALLERS = 64
JUNK_CONNECTIONS = 64


def call_of(tool):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                       "params": {"name": tool, "arguments": {}}})


def request_of(port, tool, field):
    body = call_of(tool)
    return (f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Accept: application/json, text/event-stream\r\n{field}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}")


def junk_of(port):
    """A challenge of this gate with one letter of its MAC turned: the dearest junk there is."""
    status, _, body = against_nginx.post(port, "/mcp", call_of("worked"))
    if status != 402:
        sys.exit(f"expected a 402, got {status}: {body[:300]}")
    data = json.loads(body)["error"]["data"]
    challenge = data["pow"]["challenge"]
    turned = challenge[:-2] + ("A" if challenge[-2] != "A" else "B") + challenge[-1]
    return f"X-PoW-Solution: challenge={turned},nonce=1"


def flood(build, port, requests, seconds, rate, junk):
    environment = {**os.environ, "FLOOD_GOOD": requests[0], "FLOOD_JUNK": requests[1]}
    out = subprocess.run([f"{build}/flood_bench", str(port), str(seconds), str(rate), str(CALLERS),
                          str(junk), str(JUNK_CONNECTIONS)], env=environment, capture_output=True,
                         text=True, check=True)
    return json.loads(out.stdout)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--seconds", type=int, default=3)
    options.add_argument("--junk", type=int, default=100_000)
    options.add_argument("--build", default=os.environ.get("TOLLHOUSE_BUILD", "build/release"))
    options.add_argument("--unlimited", action="store_true", help="each failed credential is judged")
    options.add_argument("--short", action="store_true", help="three rounds of a second: CI only")
    options = options.parse_args()
    if options.short:
        options.rounds, options.seconds = 3, 1
    with against_nginx.place() as (folder, started):
        echo = subprocess.Popen([f"{options.build}/echo_upstream_bench"], stdout=subprocess.PIPE, text=True)
        started.append(echo)
        port = against_nginx.free_port()
        with open(f"{folder}/tollhouse.yaml", "w") as out:
            out.write(GATE.format(folder=folder, upstream=int(echo.stdout.readline()), port=port,
                                  more=UNLIMITED if options.unlimited else " }"))
        environment = {**os.environ, "LN_GATE_HMAC": secrets.token_hex(32)}
        started.append(subprocess.Popen([f"{options.build}/tollhouse", "serve", "-c",
                                         f"{folder}/tollhouse.yaml"], env=environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        against_nginx.wait_for(port, started[-1])
        credential = against_nginx.buy_pass(port)
        requests = (request_of(port, "pass", f"Authorization: {credential}"),
                    request_of(port, "worked", junk_of(port)))
        print("gate configuration:")
        print(open(f"{folder}/tollhouse.yaml").read().replace(folder, "FOLDER"))
        run = lambda rate, junk: flood(options.build, port, requests, options.seconds, rate, junk)
        most = statistics.median(run(0, 0)["good"] for _ in range(3))
        print(f"  saturated: {most:.0f} good calls a second; offered: {most / 2:.0f}", flush=True)
        ratios, junk, failed = [], [], 0
        for number in range(options.rounds):
            order = [0, options.junk] if number % 2 == 0 else [options.junk, 0]
            pair = {rate: run(most / 2, rate) for rate in order}
            quiet, flooded = pair[0], pair[options.junk]
            failed += sum(each["failed"] + each["junk_failed"] for each in pair.values())
            ratios.append(flooded["p99"] / max(quiet["p99"], 1))
            junk.append(flooded["junk"])
            print(f"  round {number + 1}: quiet p99 {quiet['p99']} us of {quiet['good']}/s, flooded "
                  f"p99 {flooded['p99']} us of {flooded['good']}/s, {flooded['junk']} junk/s, "
                  f"ratio {ratios[-1]:.2f}", flush=True)
        ratio, rate = statistics.median(ratios), statistics.median(junk)
        print(json.dumps({"figure": "p99 of good calls under junk solutions of work",
                          "rounds": options.rounds, "ratio_median": round(ratio, 2),
                          "good_per_second": round(most / 2), "junk_per_second": round(rate)}))
        print(f"| p99 of good calls, {most / 2:.0f} a second, under {options.junk} junk solutions a second "
              f"({rate:.0f} answered) against none | {ratio:.1f} | 5 |")
        if failed:
            sys.exit(f"{failed} requests were not answered as they should be")


if __name__ == "__main__":
    main()
