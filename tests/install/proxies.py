#!/usr/bin/env python3
"""The samples of packaging/ with Debian's nginx and Caddy before a real gate: the 402 passes nginx's
default buffers, a paid call passes, an event stream arrives event by event, and the gate sees the
address that the proxy names.

usage: proxies.py PROGRAM
"""
import http.client
import http.server
import json
import os
import queue
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading

from gates import PATIENCE, Door, Program, buy, challenge, expect, free_port, wait_until_it_listens

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GATE = """
listen: 127.0.0.1:0
admin: off
data_dir: {folder}/data
workers: 1
upstream: http://127.0.0.1:{upstream}/mcp
trusted_proxies: [127.0.0.1/32]
tools: {{ plain: {{ price: 3 sat }}, stream: {{ price: 3 sat }} }}
"""
NGINX = """
daemon off;
error_log stderr warn;
pid {folder}/nginx.pid;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {servers}
}}
"""


class Upstream(http.server.BaseHTTPRequestHandler):
    """An MCP server: `plain` answers, `stream` sends an event and waits until it was seen."""

    protocol_version = "HTTP/1.1"
    seen = queue.Queue()

    def log_message(self, *_):
        pass

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        result = {"jsonrpc": "2.0", "id": message["id"],
                  "result": {"content": [{"type": "text", "text": "done"}], "isError": False}}
        if message["params"]["name"] == "plain":
            body = json.dumps(result).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for step in (1, 2):
            event = {"jsonrpc": "2.0", "method": "notifications/progress",
                     "params": {"progressToken": 1, "progress": step}}
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()
            if Upstream.seen.get(timeout=PATIENCE) != step:
                return
        self.wfile.write(f"data: {json.dumps(result)}\n\n".encode())


def events_of(answer):
    """The data of each event as soon as it is there."""
    for line in iter(answer.readline, b""):
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


def check_stream(door, gate_port):
    answer = door.call("stream", buy(door, gate_port, "stream"))
    expect(answer.status, 200, "a paid stream")
    # The upstream sends the second event only once the first was seen here: a proxy that collects
    # ends in this read's time-out.
    seen = []
    for event in events_of(answer):
        step = event.get("params", {}).get("progress")
        seen.append(step)
        if step:
            Upstream.seen.put(step)
    expect(seen, [1, 2, None], "events of the stream")


def check_door(door, gate, gate_port):
    answer = door.call("plain", buy(door, gate_port, "plain"))
    body = answer.read()
    expect(answer.status, 200, f"a paid call, {body[:200]}")
    if not answer.headers["X-Payment-Receipt"]:
        raise AssertionError("the receipt did not pass")
    check_stream(door, gate_port)
    # The gate knows whom the proxy speaks for, and what a caller writes himself is not believed.
    direct = logged_address(gate, Door(gate_port, source="127.0.0.2"), {})
    forged = logged_address(gate, door.seen_from("127.0.0.2"), {"X-Forwarded-For": "203.0.113.9"})
    expect(forged, direct, "the caller's address in the gate's log")


def logged_address(gate, door, headers):
    """The digest under which the gate logged this caller."""
    before = len(gate.lines)
    challenge(door, "plain", headers)

    def line():
        return next((line for line in gate.lines[before:] if '"event":"challenged"' in line), None)

    with gate.changed:
        gate.changed.wait_for(line, PATIENCE)
        if not line():
            raise AssertionError("the gate logged no challenge")
        return json.loads(line())["client.address"]


def with_default_buffers(folder, gate_port, port, more=""):
    server = (f"server {{ listen 127.0.0.1:{port};"
              f" location / {{ proxy_pass http://127.0.0.1:{gate_port}; {more} }} }}")
    return write(folder, "nginx-default.conf", NGINX.format(folder=folder, servers=server))


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def sample(name, changes):
    """A sample with its places changed; each must be in it."""
    with open(os.path.join(ROOT, "packaging", name), encoding="utf-8") as file:
        text = file.read()
    for old, new in changes.items():
        if old not in text:
            raise AssertionError(f"{name} has no {old!r}")
        text = text.replace(old, new)
    return text


def run_nginx_default(folder, _, gate_port):
    port = free_port()
    config = with_default_buffers(folder, gate_port, port)
    with Program(["nginx", "-c", config, "-p", folder]) as nginx:
        wait_until_it_listens(nginx, port)
        door = Door(port)
        challenge(door, "plain")
        answer = door.call("plain", buy(door, gate_port, "plain"))
        answer.read()
        expect(answer.status, 200, "a paid call through nginx as it comes")
    # That this can fail: with a smaller buffer the same 402 is a 502.
    port = free_port()
    config = with_default_buffers(folder, gate_port, port, "proxy_buffer_size 512; proxy_buffers 8 512;")
    with Program(["nginx", "-c", config, "-p", folder]) as nginx:
        wait_until_it_listens(nginx, port)
        answer = Door(port).call("plain")
        answer.read()
        expect(answer.status, 502, "a 402 larger than nginx's buffer")


def run_nginx_sample(folder, gate, gate_port):
    port = free_port()
    certificate, key = os.path.join(folder, "gate.pem"), os.path.join(folder, "gate.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                    "-out", certificate], check=True, capture_output=True)
    servers = sample("nginx/tollhouse.conf", {
        "127.0.0.1:8402": f"127.0.0.1:{gate_port}",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/certs/gate.example.pem": certificate,
        "/etc/ssl/private/gate.example.key": key,
    })
    config = write(folder, "nginx-sample.conf", NGINX.format(folder=folder, servers=servers))
    tested = subprocess.run(["nginx", "-t", "-c", config, "-p", folder], capture_output=True,
                            text=True, check=False)
    expect(tested.returncode, 0, f"nginx -t: {tested.stderr}")
    with Program(["nginx", "-c", config, "-p", folder]) as nginx:
        wait_until_it_listens(nginx, port)
        check_door(Door(port, ssl.create_default_context(cafile=certificate)), gate, gate_port)


def run_caddy_sample(folder, gate, gate_port):
    port = free_port()
    text = "{\n\tadmin off\n}\n" + sample("caddy/Caddyfile", {
        "gate.example {": f"http://127.0.0.1:{port} {{",
        "127.0.0.1:8402": f"127.0.0.1:{gate_port}",
    })
    config = write(folder, "Caddyfile", text)
    environment = {**os.environ, "HOME": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder}
    arguments = ["caddy", "run", "--adapter", "caddyfile", "--config", config]
    with Program(arguments, env=environment, cwd=folder) as caddy:
        wait_until_it_listens(caddy, port)
        check_door(Door(port), gate, gate_port)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: proxies.py PROGRAM")
    for program in ("nginx", "caddy", "openssl"):
        if not shutil.which(program):
            sys.exit(f"proxies: {program} is missing; scripts/setup --full installs it")
    program = os.path.abspath(sys.argv[1])
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    folder = tempfile.mkdtemp(prefix="tollhouse-proxies-")
    failed = 0
    try:
        os.chmod(folder, 0o755)  # nginx's workers are another user
        config = write(folder, "gate.yaml",
                       GATE.format(folder=folder, upstream=upstream.server_address[1]))
        environment = {"LN_GATE_HMAC": secrets.token_hex(32)}
        with Program([program, "serve", "-c", config], env=environment, cwd=folder) as gate:
            gate_port = int(gate.wait_for(r"gate +http://127\.0\.0\.1:(\d+)").group(1))
            for check in (run_nginx_default, run_nginx_sample, run_caddy_sample):
                try:
                    check(folder, gate, gate_port)
                    print(f"proxies: {check.__name__}: ok")
                except (AssertionError, OSError, http.client.HTTPException) as failure:
                    failed += 1
                    print(f"proxies: {check.__name__}: FAILED: {failure!r}")
    finally:
        upstream.shutdown()
        shutil.rmtree(folder)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
