"""What the install tests share: a program as a child, a door to a gate, and how a call is bought."""
import http.client
import json
import re
import socket
import subprocess
import threading

PATIENCE = 60  # seconds until a wait is a failure; nothing is measured by it


class Program:
    """A child with its output; ended and reaped whatever happens."""

    def __init__(self, arguments, **options):
        self.lines = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, stdin=subprocess.DEVNULL, **options)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()
        with self.changed:
            self.lines.append("")
            self.changed.notify_all()

    def wait_for(self, pattern):
        """The first match of the pattern in a line."""
        def found():
            return next(filter(None, (re.search(pattern, line) for line in self.lines)), None)

        with self.changed:
            self.changed.wait_for(lambda: found() or "" in self.lines, PATIENCE)
            match = found()
        if not match:
            raise AssertionError(f"no {pattern!r} in:\n" + "".join(self.lines))
        return match

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


def wait_until_it_listens(program, port):
    """Asks until somebody answers: not every program says that it listens."""
    while program.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
            return
        except ConnectionRefusedError:
            continue
    raise AssertionError("a program ended:\n" + "".join(program.lines))


class Door:
    """Where callers come in: the gate itself or a proxy."""

    def __init__(self, port, tls=None, source="127.0.0.1"):
        self.port = port
        self.tls = tls
        self.source = source

    def seen_from(self, source):
        return Door(self.port, self.tls, source)

    def connect(self):
        options = {"timeout": PATIENCE, "source_address": (self.source, 0)}
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls, **options)
        return http.client.HTTPConnection("127.0.0.1", self.port, **options)

    def call(self, tool, headers=None):
        connection = self.connect()
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                           "params": {"name": tool, "arguments": {}}})
        connection.request("POST", "/mcp", body,
                           {"Content-Type": "application/json",
                            "Accept": "application/json, text/event-stream", **(headers or {})})
        return connection.getresponse()


def challenge(door, tool, headers=None):
    """The 402 as it came: macaroon and invoice."""
    answer = door.call(tool, headers)
    body = answer.read()
    expect(answer.status, 402, f"an unpaid call, {body[:200]}")
    line = answer.headers.get_all("WWW-Authenticate")[0]
    return [re.search(rf'{name}="([^"]+)"', line).group(1) for name in ("macaroon", "invoice")]


def buy(door, gate_port, tool):
    """A paid credential for the tool; the payment goes to the gate's wallet and not to the proxy."""
    macaroon, invoice = challenge(door, tool)
    connection = http.client.HTTPConnection("127.0.0.1", gate_port, timeout=PATIENCE)
    connection.request("POST", "/sim/pay", json.dumps({"invoice": invoice}),
                       {"Content-Type": "application/json"})
    preimage = json.loads(connection.getresponse().read())["preimage"]
    return {"Authorization": f"L402 {macaroon}:{preimage}"}


def expect(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r} and not {wanted!r}")
