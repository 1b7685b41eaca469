"""MCP SDKs of both languages and both generations through a gate to real MCP servers: what is free
stays free, what is paid arrives, and each refusal reaches the SDK's user in the form that his SDK
can bear (mcp-gateway.md 7)."""
import json
import os

from cases import contains, same
from gate import Gate

SURFACES = ("http", "result", "error", "auto")
MODERN, LEGACY = "2026-07-28", "2025-11-25"

SERVERS = {
    "everything": {
        "revisions": {LEGACY},
        "free": ("echo", {"message": "hello"}, "Echo: hello"),
        "paid": ("get-sum", {"a": 40, "b": 2}, "42"),
        "shaped": ("get-structured-content", {"location": "Chicago"}),
        "slow": ("trigger-long-running-operation", {"duration": 0.3, "steps": 3}, "completed"),
    },
    "python-mcp-1": {
        "revisions": {LEGACY},
        "free": ("echo", {"message": "hello"}, "Echo: hello"),
        "paid": ("add", {"a": 40, "b": 2}, "42"),
        "shaped": ("add", {"a": 1, "b": 2}),
        "slow": ("slow", {"steps": 3}, "done"),
    },
}
SERVERS["python-mcp-2"] = {**SERVERS["python-mcp-1"], "revisions": {LEGACY, MODERN}}


class Caller:
    """One SDK in one of its modes."""

    def __init__(self, peers, name, command, mode, modern):
        self._peers, self.name, self._command = peers, name, command
        self._mode, self._modern = mode, modern

    def told(self, connections):
        return self._peers.told(self._command, [
            {"mode": self._mode, "headers": {}, **c} for c in connections])

    def revision_at(self, server):
        return MODERN if self._modern and MODERN in SERVERS[server]["revisions"] else LEGACY

    def is_python(self):
        return self.name.startswith("python")

    def dies_of_a_status(self):
        return self.name == "python-mcp-1"


def callers(peers):
    here = os.path.dirname(os.path.abspath(__file__))
    made = [Caller(peers, "python-mcp-1", [peers.python("python-mcp-1"), f"{here}/client.py"],
                   "auto", False)]
    for mode in ("auto", "legacy"):
        made.append(Caller(peers, f"python-mcp-2-{mode}",
                           [peers.python("python-mcp-2"), f"{here}/client.py"], mode,
                           mode == "auto"))
    node = [peers.node(), f"{here}/client.mjs"]
    made.append(Caller(peers, "typescript-v1", [*node, "v1"], "auto", False))
    for mode in ("auto", "legacy"):
        made.append(Caller(peers, f"typescript-v2-{mode}", [*node, "v2"], mode, mode == "auto"))
    return made


def rows_of(server):
    names = dict.fromkeys(SERVERS[server][kind][0] for kind in ("paid", "shaped", "slow"))
    rows = "".join(f'      "{name}": {{ price: 3 sat }}\n' for name in names)
    return rows + "      echo: free\n      never: { price: 1 sat }\n"


def routes_text(urls):
    text = "routes:\n"
    for server, url in urls.items():
        for surface in SURFACES:
            text += (f"  - path: /{server}/{surface}\n    upstream: {{ url: \"{url}\" }}\n"
                     f"    surface: {surface}\n    tools:\n{rows_of(server)}")
    return text


def call(tool, arguments):
    return {"do": "call", "tool": tool, "arguments": arguments}


# --- a call from the first message to the last ---------------------------------------------------


def walk(gate, caller, server):
    """Four connections: what is free, a paid call, a paid stream, a refusal in a result."""
    path = f"/{server}/http"
    what = SERVERS[server]
    opening = [{"do": "list"}, call(*what["free"][:2])]
    if caller.revision_at(server) == LEGACY:
        opening.append({"do": "ping"})  # 2026-07-28 has none
    paid = {"Authorization": gate.bought(path, *what["paid"][:2])}
    stream = {"Authorization": gate.bought(path, *what["slow"][:2])}
    url = gate.url(path)
    return caller.told([
        {"url": url, "steps": opening},
        {"url": url, "headers": paid, "steps": [call(*what["paid"][:2]), {"do": "list"}]},
        {"url": url, "headers": stream, "steps": [call(*what["slow"][:2])]},
        {"url": gate.url(f"/{server}/result"), "steps": [{"do": "list"}, call(*what["shaped"])]},
    ])


def is_free(told, caller, server):
    same(told.get("revision"), caller.revision_at(server), "revision")
    same(told.get("broken"), None, "connection")
    listed, called, *others = told["steps"]
    for kind in ("free", "paid", "slow"):
        contains(listed.get("tools", []), SERVERS[server][kind][0], "tools/list")
    contains(called.get("text"), SERVERS[server]["free"][2], "free call")
    for other in others:
        same(other, {"kind": "result"}, "ping")


def is_answered(told, wanted):
    same(told.get("broken"), None, "connection")
    called, *others = told["steps"]
    same((called["kind"], called.get("is_error")), ("result", False), f"paid call {called}")
    contains(called["text"], wanted, "paid call")
    for other in others:
        same(other["kind"], "result", "tools/list with a credential that it does not need")


def is_streamed(told, wanted):
    is_answered(told, wanted)
    called = told["steps"][0]
    same([done for done, _ in called["progress"]], [1, 2, 3], "progress")
    receipt = called["meta"].get("tollhouse/receipt")
    if not receipt:
        raise AssertionError(f"no receipt in the result of a stream: {called['meta']}")


def is_refused_beside_a_schema(told, caller, server):
    """SDKs hold a result against the outputSchema of its tool: legacy callers get none to hold."""
    step = told["steps"][1]
    same((step["kind"], step.get("is_error")), ("result", True), f"step {step}")
    same(json.loads(step["text"])["code"], "payment_required", "text")
    modern = caller.revision_at(server) == MODERN
    same(bool(step["structured"]), modern, "structuredContent")


def ends_its_session(told, caller, server):
    """Legacy: DELETE reaches the server, which takes it. 2026-07-28 has no sessions."""
    for connection in told:
        if caller.revision_at(server) == MODERN:
            same((connection.get("session"), connection.get("ended")), (None, None), "session")
            continue
        if not connection.get("session"):
            raise AssertionError("the server opened no session")
        same(connection.get("ended"), 200, "DELETE")


def walk_cases(cases, gate, caller, server):
    name = f"{caller.name} to {server}"
    if not cases.wants(name):
        return 0
    told = []
    if not cases.case(f"{name}: runs", lambda: told.extend(walk(gate, caller, server))):
        return 0
    opening, paid, stream, refused = told
    what = SERVERS[server]
    cases.case(f"{name}: handshake, list and ping are free", is_free, opening, caller, server)
    done = cases.case(f"{name}: a paid call is answered", is_answered, paid, what["paid"][2])
    done += cases.case(f"{name}: a paid stream reports progress and ends with a receipt",
                       is_streamed, stream, what["slow"][2])
    cases.case(f"{name}: a refusal passes where the tool has an outputSchema",
               is_refused_beside_a_schema, refused, caller, server)
    cases.case(f"{name}: sessions end cleanly", ends_its_session, told, caller, server)
    return done


# --- refusals ------------------------------------------------------------------------------------


def broken(credential):
    """The same credential with another signature."""
    scheme, rest = credential.split(" ", 1)
    macaroon, preimage = rest.split(":")
    flipped = "A" if macaroon[-6] != "A" else "B"
    return f"{scheme} {macaroon[:-6]}{flipped}{macaroon[-5:]}:{preimage}"


# What is wrong, the status and the token of it, and whether it moves into a 200 where asked to.
REFUSALS = {
    "unpaid": (402, "payment_required", True),
    "spent": (409, "replay", True),
    "bad": (401, "bad_signature", True),
    "for another tool": (403, "not_permitted", True),
    "wallet down": (503, "rails_unavailable", False),
}


def refusal_headers(gate, path, kind, spent):
    tool, arguments, _ = SERVERS["python-mcp-2"]["paid"]
    if kind in ("unpaid", "wallet down"):
        return {}
    if kind == "spent":
        return {"Authorization": spent}
    if kind == "bad":
        return {"Authorization": broken(gate.bought(path, tool, arguments))}
    return {"Authorization": gate.bought(path, *SERVERS["python-mcp-2"]["slow"][:2])}


def spent_credential(gate, path):
    """Bought and used by a plain caller whose answer has arrived."""
    tool, arguments, _ = SERVERS["python-mcp-2"]["paid"]
    credential = gate.bought(path, tool, arguments)
    status, headers, body = gate.post(path, {
        "jsonrpc": "2.0", "id": 5, "method": "tools/call",
        "params": {"name": tool, "arguments": arguments, "_meta": {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": {"name": "plain", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {}}}},
        {"Authorization": credential, "MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call",
         "Mcp-Name": tool})
    same(status, 200, f"paid call {body}")
    if not headers.get("X-Payment-Receipt"):
        raise AssertionError(f"no receipt: {headers}")
    return credential


def seen_as_status(step, told, caller, status, token):
    """The refusal as a status, as each SDK shows one (measured)."""
    if caller.dies_of_a_status():
        same(step["kind"], "died" if told.get("broken") else step["kind"], "connection")
        contains(" ".join(told.get("broken", [json.dumps(step)])), str(status), "what is left")
        return
    same(step["kind"], "error", f"step {step}")
    if caller.is_python():
        same((step["data"] or {}).get("reason"), token, f"in band {step}")
    else:
        contains(json.dumps(step), str(status), "status")
        contains(step["message"], token, "body in the text")


def seen_in_band(step, told, surface, token):
    same(told.get("broken"), None, "connection")
    if surface == "result":
        same((step["kind"], step.get("is_error")), ("result", True), f"step {step}")
        same(json.loads(step["text"])["code"], token, "text")
        # For machines; not where paying again would cure nothing.
        copy = step["meta"].get("tollhouse/payment-required")
        same(copy and copy["code"], None if token == "not_permitted" else token, "_meta")
    else:
        same(step["kind"], "error", f"step {step}")
        same((step["data"] or {}).get("reason"), token, f"in band {step}")
    same(told["steps"][1]["kind"], "result", "tools/list after it")


def is_refused(told, caller, surface, kind):
    status, token, moves = REFUSALS[kind]
    same(told.get("revision"), caller.revision_at("python-mcp-2"), "revision")
    shown = surface
    if surface == "auto":
        # Who shows a credential in a header takes the answer from there (rule 2 before rule 5).
        shown = "result" if caller.is_python() and kind == "unpaid" else "http"
    if shown == "http" or not moves:
        seen_as_status(told["steps"][0], told, caller, status, token)
        if not caller.dies_of_a_status():
            same(told["steps"][1]["kind"], "result", "tools/list after it")
    else:
        seen_in_band(told["steps"][0], told, shown, token)


def is_unknown(told):
    """As a server would say it, on every surface: nobody learns what is behind the gate."""
    same(told.get("broken"), None, "connection")
    step = told["steps"][0]
    same((step["kind"], step.get("code")), ("error", -32602), f"step {step}")
    contains(step["message"], "Unknown tool: wipe", "message")
    same(told["steps"][1]["kind"], "result", "tools/list after it")


def refusal_cases(cases, gate, caller, surface):
    name = f"{caller.name} refused on {surface}"
    if not cases.wants(name):
        return 0
    path = f"/python-mcp-2/{surface}"
    tool, arguments, _ = SERVERS["python-mcp-2"]["paid"]
    steps = [call(tool, arguments), {"do": "list"}]
    kinds = [kind for kind in REFUSALS if kind != "wallet down"]
    told, down = [], []

    def ask():
        spent = spent_credential(gate, path)
        connections = [{"url": gate.url(path), "steps": steps,
                        "headers": refusal_headers(gate, path, kind, spent)} for kind in kinds]
        connections.append({"url": gate.url(path), "steps": [call("wipe", {}), {"do": "list"}]})
        told.extend(caller.told(connections))
        gate.simulated_fault("down")
        try:
            # Nobody else asks for this tool: no invoice of it is left to be offered again.
            down.extend(caller.told([{"url": gate.url(path),
                                      "steps": [call("never", {}), {"do": "list"}]}]))
        finally:
            gate.simulated_fault("none")

    if not cases.case(f"{name}: runs", ask):
        return 0
    for kind, connection in zip(kinds, told):
        cases.case(f"{name}: {kind}", is_refused, connection, caller, surface, kind)
    cases.case(f"{name}: unknown tool", is_unknown, told[-1])
    cases.case(f"{name}: wallet down", is_refused, down[0], caller, surface, "wallet down")
    return 1  # the spent credential's call


# --- all of it -----------------------------------------------------------------------------------


def books_agree(gate, charged):
    report, = gate.ledger("check")
    same(report.get("ok"), True, f"ledger check {report}")
    exported = gate.ledger("export")
    same(len(exported), charged, "charges in the books")


def run(cases, program, peers, folder, keep):
    """`keep` takes each process that has to be stopped at the end."""
    names = [f"{c.name} to {s}" for c in callers(peers) for s in SERVERS]
    names += [f"{c.name} refused on {s}" for c in callers(peers) for s in SURFACES]
    if not any(cases.wants(name) for name in names):
        return
    urls = {}
    for server, start in (("everything", peers.everything),
                          ("python-mcp-1", lambda: peers.three_tools(1)),
                          ("python-mcp-2", lambda: peers.three_tools(2))):
        process, urls[server] = start()
        keep(process)
    gate = keep(Gate(program, os.path.join(folder, "mcp"), routes_text(urls),
                     "lightning: { driver: simulated }"))
    charged = 0
    for caller in callers(peers):
        for server in SERVERS:
            charged += walk_cases(cases, gate, caller, server)
        for surface in SURFACES:
            charged += refusal_cases(cases, gate, caller, surface)
    cases.case("SDKs: the books have each answered call once", books_agree, gate, charged)
