"""What users of MCP SDKs get to see when a gate is asked too often, when its server breaks off or
is gone, and when nothing is at the path: an answer each time, never a call that hangs; and what was
paid for stays good (mcp-gateway.md 7.1 and 7.3)."""
import json
import os
from urllib.parse import urlsplit

from cases import contains, same
from gate import Gate
from line import Line
from mcp_cases import MODERN, SURFACES, call, callers
from processes import free_port

ADD = ("add", {"a": 40, "b": 2})
LOST = ("add", {"a": 4711, "b": 2})  # the line is cut before the server sees it
CUT = ("slow", {"steps": 3})  # the line is cut in the middle of the second progress report
LIST = {"do": "list"}


def post(gate, path, tool, arguments, credential=None):
    """One call of a plain caller of 2026-07-28: (status, JSON or text)."""
    status, _, body = gate.post(path, {
        "jsonrpc": "2.0", "id": 5, "method": "tools/call",
        "params": {"name": tool, "arguments": arguments, "_meta": {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": {"name": "plain", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {}}}},
        {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": tool,
         **({"Authorization": credential} if credential else {})})
    return status, body


def connected(told, caller):
    same(told.get("revision"), caller.revision_at("python-mcp-2"), "revision")


def is_seen_as_status(told, caller, status, token):
    """As each SDK shows a status; only Python 1.x loses its connection by it (measured)."""
    connected(told, caller)
    step = told["steps"][0]
    if caller.dies_of_a_status():
        contains(" ".join(told.get("broken", [json.dumps(step)])), str(status), "what is left")
        return
    same((step["kind"], told.get("broken")), ("error", None), f"step {step}")
    if caller.is_python():
        same((step["data"] or {}).get("reason"), token, f"in band {step}")
    else:
        contains(json.dumps(step), str(status), "status")
        contains(step["message"], token, "body in the text")
    same(told["steps"][1]["kind"], "result", "tools/list after it")


def is_seen_in_band(told, caller, surface, token):
    connected(told, caller)
    same(told.get("broken"), None, "connection")
    step = told["steps"][0]
    if surface == "result":
        same((step["kind"], step.get("is_error")), ("result", True), f"step {step}")
        same(json.loads(step["text"])["code"], token, "text")
    else:
        same((step["kind"], (step["data"] or {}).get("reason")), ("error", token), f"step {step}")
    same(told["steps"][1]["kind"], "result", "tools/list after it")


def is_asked_too_often(told, caller, surface):
    shown = surface
    if surface == "auto":
        shown = "result" if caller.is_python() else "http"
    if shown == "http":
        is_seen_as_status(told, caller, 429, "rate_limited")
    else:
        is_seen_in_band(told, caller, shown, "rate_limited")


def is_cut(told, caller):
    """The stream of the call has begun: its end is an error event, which every SDK understands."""
    connected(told, caller)
    same(told.get("broken"), None, "connection")
    step = told["steps"][0]
    same(step["kind"], "error", f"step {step}")
    same(told["steps"][1]["kind"], "result", "tools/list after it")


def gets_no_connection(told):
    """An error at once; what it is called differs from SDK to SDK."""
    broken = " ".join(told.get("broken", []))
    if not broken or "hangs" in broken or broken.startswith("TimeoutError"):
        raise AssertionError(f"no error, or too late a one: {told}")
    same(told["steps"], [], "steps")


class Trouble:
    """Two gates before the same server: one that has enough of callers who do not pay, one on a line
    that can be cut."""

    def __init__(self, program, peers, folder, keep):
        server, url = peers.three_tools(2)
        keep(server)
        self.line = keep(Line(urlsplit(url).port, b"4711", b'"progress":2'))
        tools = "{ add: { price: 3 sat }, slow: { price: 3 sat }, echo: free }"

        def route(path, surface, upstream):
            return (f"  - path: {path}\n    upstream: {{ url: \"{upstream}\" }}\n"
                    f"    surface: {surface}\n    tools: {tools}\n")

        wallet = "lightning: { driver: simulated }"
        self.impatient = keep(Gate(
            program, os.path.join(folder, "impatient"),
            "routes:\n" + "".join(route(f"/{s}", s, url) for s in SURFACES), wallet,
            limits="limits: { unpaid_per_client: 1 }\nrails: { l402: { ttl: 1h } }\n"))
        same(post(self.impatient, "/http", *CUT)[0], 402, "the one invoice that may be open")
        cut = f"http://127.0.0.1:{self.line.port}/mcp"
        gone = f"http://127.0.0.1:{free_port()}/mcp"
        self.cut = keep(Gate(
            program, os.path.join(folder, "cut"),
            "routes:\n" + "".join(route(f"/{s}", s, cut) for s in ("http", "result"))
            + route("/gone", "http", gone), wallet))
        self.charged = 0

    def asked_too_often(self, caller):
        return caller.told([{"url": self.impatient.url(f"/{surface}"), "steps": [call(*ADD), LIST]}
                            for surface in SURFACES])

    def broken_off(self, caller):
        """What each connection shows, and the credentials that it used."""
        connections, used = [], []
        for path in ("/http", "/result"):
            for what in (LOST, CUT):
                credential = self.cut.bought(path, *what)
                used.append((path, what, credential))
                connections.append({"url": self.cut.url(path), "steps": [call(*what), LIST],
                                    "headers": {"Authorization": credential}})
        for path in ("/gone", "/nowhere"):
            connections.append({"url": self.cut.url(path), "steps": [LIST]})
        self.line.cuts = True
        try:
            return caller.told(connections), used
        finally:
            self.line.cuts = False

    def are_still_good(self, used):
        for path, what, credential in used:
            status, body = post(self.cut, path, *what, credential)
            same(status, 200, f"{what[0]} with the same credential, {body}")
            contains(body, '"isError":false', "answer")
            self.charged += 1

    def books_agree(self):
        for gate, charged in ((self.impatient, 0), (self.cut, self.charged)):
            report, = gate.ledger("check")
            same(report.get("ok"), True, f"ledger check {report}")
            same(len(gate.ledger("export")), charged, "charges in the books")


def caller_cases(cases, trouble, caller):
    name = f"{caller.name} in trouble"
    if not cases.wants(name):
        return
    often, broken = [], []
    if cases.case(f"{name}: asks too often", lambda: often.extend(trouble.asked_too_often(caller))):
        for surface, told in zip(SURFACES, often):
            cases.case(f"{name}: too often on {surface}", is_asked_too_often, told, caller, surface)
    if not cases.case(f"{name}: runs", lambda: broken.extend(trouble.broken_off(caller))):
        return
    (lost, cut, lost_result, cut_result, gone, nowhere), used = broken
    for told, surface in ((lost, "http"), (lost_result, "result")):
        cases.case(f"{name}: the server is lost, {surface}", is_seen_as_status, told, caller, 502,
                   "upstream_unreachable")
    for told, surface in ((cut, "http"), (cut_result, "result")):
        cases.case(f"{name}: a stream is cut, {surface}", is_cut, told, caller)
    cases.case(f"{name}: what was paid for is still good", trouble.are_still_good, used)
    cases.case(f"{name}: a server that is gone", gets_no_connection, gone)
    cases.case(f"{name}: a path with nothing at it", gets_no_connection, nowhere)


def run(cases, program, peers, folder, keep):
    """`keep` takes each process that has to be stopped at the end."""
    if not any(cases.wants(f"{caller.name} in trouble") for caller in callers(peers)):
        return
    folder = os.path.join(folder, "trouble")
    trouble = Trouble(program, peers, folder, keep)
    for caller in callers(peers):
        caller_cases(cases, trouble, caller)
    cases.case("SDKs in trouble: the books have what was answered", trouble.books_agree)
