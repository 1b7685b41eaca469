#!/usr/bin/env python3
"""Gated on a pass against ungated nginx: same upstream, one worker each, access logs off, paired
rounds, medians. Needs the programs that scripts/bench builds, nginx and wrk.

usage: run_gate_against_nginx.py [--rounds N] [--seconds S] [--connections 64,256] [--build DIR]
"""
import argparse
import contextlib
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

CALL = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                   "params": {"name": "pass", "arguments": {"text": "hello"}}})

NGINX = """
worker_processes 1;
daemon off;
error_log stderr crit;
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream echo {{ server 127.0.0.1:{upstream}; keepalive 512; }}
  server {{
    listen 127.0.0.1:{port};
    keepalive_requests 100000000;
    location / {{
      proxy_pass http://echo; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
  }}
}}
"""

GATE = """
listen: 127.0.0.1:{port}
admin: off
data_dir: {folder}/data
workers: 1
upstream: http://127.0.0.1:{upstream}/mcp
log: {{ level: error }}
tools:
  pass: {{ price: 5 sat, uses: unlimited, valid_for: 1h }}
limits: {{ requests_per_connection: 1000000000, connections_per_client: 60000 }}
"""

LUA = """
wrk.method = "POST"
wrk.body = [[{body}]]
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
{credential}
function done(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write +
    summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
"""


@contextlib.contextmanager
def place():
    """A folder and a list for the processes that are started; both end with the run."""
    folder = tempfile.mkdtemp(prefix="tollhouse-bench-")
    started = []
    try:
        yield folder, started
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGTERM)
        for process in started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def post(port, path, body, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", path, body,
                       {"Content-Type": "application/json",
                        "Accept": "application/json, text/event-stream", **(headers or {})})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def wait_for(port, process):
    for _ in range(500):
        if process.poll() is not None:
            sys.exit("a server ended before it listened")
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit("a server does not listen")


def buy_pass(port):
    status, headers, body = post(port, "/mcp", CALL)
    if status != 402:
        sys.exit(f"expected a 402, got {status}: {body[:300]}")
    line = headers.get_all("WWW-Authenticate")[0]
    macaroon = re.search(r'macaroon="([^"]+)"', line).group(1)
    invoice = re.search(r'invoice="([^"]+)"', line).group(1)
    status, _, body = post(port, "/sim/pay", json.dumps({"invoice": invoice}))
    preimage = json.loads(body)["preimage"]
    credential = f"L402 {macaroon}:{preimage}"
    status, _, body = post(port, "/mcp", CALL, {"Authorization": credential})
    if status != 200:
        sys.exit(f"the pass does not pass: {status} {body[:300]}")
    return credential


def round_of(port, script, connections, seconds):
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script,
                          f"http://127.0.0.1:{port}/mcp"], capture_output=True, text=True, check=True)
    requests, microseconds, errors, p50, p99 = map(
        int, re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", out.stdout).groups())
    return {"rate": requests / (microseconds / 1e6), "errors": errors, "p50": p50, "p99": p99}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--seconds", type=int, default=3)
    options.add_argument("--connections", default="64,256")
    options.add_argument("--build", default=os.environ.get("TOLLHOUSE_BUILD", "build/release"))
    options.add_argument("--short", action="store_true", help="three rounds of a second: CI only")
    options = options.parse_args()
    if options.short:
        options.rounds, options.seconds = 3, 1
    for program in ("nginx", "wrk"):
        if not (shutil.which(program) or os.path.exists(f"/usr/sbin/{program}")):
            sys.exit(f"{program} is not installed; scripts/setup installs it")
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    with place() as (folder, started):
        echo = subprocess.Popen([f"{options.build}/echo_upstream_bench"], stdout=subprocess.PIPE, text=True)
        started.append(echo)
        upstream = int(echo.stdout.readline())
        ports = {"nginx": free_port(), "gate": free_port()}
        with open(f"{folder}/nginx.conf", "w") as out:
            out.write(NGINX.format(folder=folder, upstream=upstream, port=ports["nginx"]))
        with open(f"{folder}/tollhouse.yaml", "w") as out:
            out.write(GATE.format(folder=folder, upstream=upstream, port=ports["gate"]))
        started.append(subprocess.Popen([nginx, "-p", folder, "-c", f"{folder}/nginx.conf"]))
        wait_for(ports["nginx"], started[-1])
        environment = {**os.environ, "LN_GATE_HMAC": secrets.token_hex(32)}
        started.append(subprocess.Popen([f"{options.build}/tollhouse", "serve", "-c",
                                         f"{folder}/tollhouse.yaml"], env=environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        wait_for(ports["gate"], started[-1])
        credential = buy_pass(ports["gate"])
        for name, line in (("nginx", ""), ("gate", f'wrk.headers["Authorization"] = "{credential}"')):
            with open(f"{folder}/{name}.lua", "w") as out:
                out.write(LUA.format(body=CALL, credential=line))
        print("gate configuration:")
        print(open(f"{folder}/tollhouse.yaml").read().replace(folder, "FOLDER"))
        worst = 0
        for connections in map(int, options.connections.split(",")):
            rates, latencies = [], []
            for number in range(options.rounds):
                order = ["nginx", "gate"] if number % 2 == 0 else ["gate", "nginx"]
                pair = {name: round_of(ports[name], f"{folder}/{name}.lua", connections,
                                       options.seconds) for name in order}
                worst = max(worst, pair["gate"]["errors"])
                rates.append(pair["gate"]["rate"] / pair["nginx"]["rate"])
                latencies.append(pair["gate"]["p99"] / max(pair["nginx"]["p99"], 1))
                print(f"  {connections} connections, round {number + 1}: "
                      f"nginx {pair['nginx']['rate']:.0f}/s p99 {pair['nginx']['p99']} us, "
                      f"gate {pair['gate']['rate']:.0f}/s p99 {pair['gate']['p99']} us, "
                      f"ratio {rates[-1]:.3f}", flush=True)
            print(json.dumps({"figure": "gated on a pass against nginx", "connections": connections,
                              "rounds": options.rounds, "ratio_median": round(statistics.median(rates), 3),
                              "p99_ratio_median": round(statistics.median(latencies), 3)}))
            print(f"| gated on a pass against nginx, {connections} connections | "
                  f"{statistics.median(rates):.2f} | {1.0 if connections <= 64 else 1.1} |")
            print(f"| p99 of the same | {statistics.median(latencies):.2f} | 1.15 |")
        if worst:
            sys.exit(f"{worst} requests failed through the gate")


if __name__ == "__main__":
    main()
