#!/usr/bin/env python3
"""Durable single-use calls, 256 callers, credentials minted and paid beforehand; stated with the
disk's rate of fdatasync in the same run. Also start to ready with empty books, and the head of a
default 402.

usage: run_durable.py [--short]
"""
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

BUILD = os.environ.get("TOLLHOUSE_BUILD", "build/release")
CALLERS = 256
CALL = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                   "params": {"name": "single", "arguments": {}}})
GATE = """
listen: 127.0.0.1:{port}
admin: off
data_dir: {folder}/data
upstream: http://127.0.0.1:{upstream}/mcp
log: {{ level: error }}
rails: {{ l402: {{ ttl: 1h }} }}
tools:
  single: {{ price: 1 sat }}
limits: {{ challenges_per_minute: 1000000, challenges_per_second_in_all: 1000000,
          unpaid_per_client: 1000000, unpaid_in_all: 1000000,
          connections_per_client: 60000, requests_per_connection: 1000000000 }}
"""


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def syncs_per_second(folder):
    """fdatasync of 4 KiB appended, as a journal does it."""
    path = os.path.join(folder, "sync")
    handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    block, count, began = b"\1" * 4096, 0, time.perf_counter()
    while time.perf_counter() - began < 1:
        os.write(handle, block)
        os.fdatasync(handle)
        count += 1
    os.close(handle)
    return count / (time.perf_counter() - began)


class Gate:
    def __init__(self, folder, upstream):
        self.port = free_port()
        path = f"{folder}/tollhouse.yaml"
        with open(path, "w") as out:
            out.write(GATE.format(folder=folder, upstream=upstream, port=self.port))
        environment = {**os.environ, "LN_GATE_HMAC": secrets.token_hex(32)}
        began = time.perf_counter()
        self.process = subprocess.Popen([f"{BUILD}/tollhouse", "serve", "-c", path], env=environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("the gate did not start")
        self.ready_after = time.perf_counter() - began

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def post(connection, path, body):
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def buy(port, count):
    """`count` paid credentials. Distinct arguments are not needed: a paid invoice is not offered
    again once its credential was shown, so each is asked for by a client of its own address."""
    credentials = []
    for number in range(count):
        source = (f"127.{1 + number // 60000}.{number // 250 % 250}.{1 + number % 250}", 0)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=source)
        status, headers, _ = post(connection, "/mcp", CALL)
        if status != 402:
            sys.exit(f"expected a 402, got {status}")
        line = headers.get_all("WWW-Authenticate")[0]
        invoice = re.search(r'invoice="([^"]+)"', line).group(1)
        macaroon = re.search(r'macaroon="([^"]+)"', line).group(1)
        _, _, body = post(connection, "/sim/pay", json.dumps({"invoice": invoice}))
        credentials.append(f"L402 {macaroon}:{json.loads(body)['preimage']}")
        connection.close()
    return credentials


def head_bytes(port):
    import socket
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                  b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(CALL), CALL.encode()))
        answer = b""
        while chunk := s.recv(65536):
            answer += chunk
    return answer.index(b"\r\n\r\n") + 4


def main():
    short = "--short" in sys.argv
    rounds, calls = (2, 1000) if short else (10, 4000)
    folder = tempfile.mkdtemp(prefix="tollhouse-bench-")
    echo = subprocess.Popen([f"{BUILD}/echo_upstream_bench"], stdout=subprocess.PIPE, text=True)
    upstream = int(echo.stdout.readline())
    rates, syncs, starts, gate = [], [], [], None
    try:
        for number in range(rounds):
            round_folder = f"{folder}/{number}"
            os.mkdir(round_folder)
            gate = Gate(round_folder, upstream)
            starts.append(gate.ready_after * 1000)
            if number == 0:
                head = head_bytes(gate.port)
            with open(f"{round_folder}/credentials", "w") as out:
                out.write("\n".join(buy(gate.port, calls)) + "\n")
            syncs.append(syncs_per_second(round_folder))
            out = subprocess.run([f"{BUILD}/durable_bench", str(gate.port),
                                  f"{round_folder}/credentials", str(CALLERS)],
                                 capture_output=True, text=True, check=True)
            result = json.loads(out.stdout)
            if result["good"] != calls:
                sys.exit(f"only {result['good']} of {calls} calls were answered")
            rates.append(result["per_second"])
            gate.stop()
            gate = None
            check = subprocess.run([f"{BUILD}/tollhouse", "ledger", "check", "--json", "-c",
                                    f"{round_folder}/tollhouse.yaml"], capture_output=True, text=True)
            books = json.loads(check.stdout)
            if not books["ok"] or books["charges"] != calls:
                sys.exit(f"the books disagree: {check.stdout}")
            print(f"  round {number + 1}: {rates[-1]} calls/s, {syncs[-1]:.0f} fdatasync/s, "
                  f"ready after {starts[-1]:.0f} ms", flush=True)
    finally:
        if gate:
            gate.process.kill()
        echo.terminate()
        echo.wait()
        shutil.rmtree(folder, ignore_errors=True)
    rate, sync = statistics.median(rates), statistics.median(syncs)
    must = min(10_000, 256 * sync)
    print(json.dumps({"figure": "durable single-use calls, 256 callers", "per_second": rate,
                      "fdatasync_per_second": round(sync), "must": round(must), "rounds": rounds}))
    print(json.dumps({"figure": "start to ready, empty books", "ms": round(statistics.median(starts))}))
    print(json.dumps({"figure": "head of a default 402", "bytes": head}))
    print(f"| durable single-use calls, 256 callers ({sync:.0f} fdatasync/s) | {rate:.0f}/s | {must:.0f}/s |")
    print(f"| start to ready, empty books | {statistics.median(starts):.0f} ms | 100 ms |")
    print(f"| head of a default 402 | {head} bytes | 3900 bytes |")


if __name__ == "__main__":
    main()
