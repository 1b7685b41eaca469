"""A paid tool that asks its user before it answers: within the call's stream in the legacy era, by
`input_required` and a second call in 2026-07-28 (mcp-gateway.md 7.1). Either is one payment."""
import os

from cases import same
from gate import Gate
from mcp_cases import LEGACY, call, callers

BOOK = ("book", {"what": "a table"})


def asks(told, caller, credential):
    """Twice with one credential: without anybody to answer, then with."""
    connection = {"url": told.gate.url("/mcp"), "headers": {"Authorization": credential},
                  "steps": [call(*BOOK), {"do": "list"}]}
    alone, answered = caller.told([connection, {**connection, "answers": True}])
    step = alone["steps"][0]
    same((step["kind"], step.get("code"), alone.get("broken")), ("error", -32021, None),
         f"nobody to answer: {step}")
    same(alone["steps"][1]["kind"], "result", "tools/list after it")
    step = answered["steps"][0]
    same((step["kind"], step.get("text")), ("result", "booked a table: True"), f"answer {answered}")
    same(answered.get("asked"), ["Book a table?"], "questions")
    same(answered["steps"][1]["kind"], "result", "tools/list after it")
    if answered["revision"] == LEGACY and not step["meta"].get("tollhouse/receipt"):
        raise AssertionError(f"no receipt in the result of a stream: {step['meta']}")


class Asked:
    def __init__(self, gate):
        self.gate, self.charged = gate, 0


def books_agree(asked):
    report, = asked.gate.ledger("check")
    same((report.get("ok"), report.get("holds")), (True, 0), f"ledger check {report}")
    same(len(asked.gate.ledger("export")), asked.charged, "charges in the books")


def run(cases, program, peers, folder, keep):
    """`keep` takes each process that has to be stopped at the end."""
    names = {caller: f"{caller.name}: a paid call that asks its user" for caller in callers(peers)}
    if not any(cases.wants(name) for name in names.values()):
        return
    server, url = peers.three_tools(2)
    keep(server)
    asked = Asked(keep(Gate(
        program, os.path.join(folder, "questions"),
        f"routes:\n  - path: /mcp\n    upstream: {{ url: \"{url}\" }}\n    surface: http\n"
        "    tools: { book: { price: 3 sat } }\n", "lightning: { driver: simulated }")))
    for caller, name in names.items():
        if cases.wants(name):
            credential = asked.gate.bought("/mcp", *BOOK)
            asked.charged += cases.case(name, asks, asked, caller, credential)
    cases.case("SDKs that are asked: the books have each answered call once", books_agree, asked)
