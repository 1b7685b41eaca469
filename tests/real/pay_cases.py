"""Clients of others pay real invoices of an LNbits through a gate, also over an outage of it; at the
end the gate's books and LNbits have the same payments (lightning-backends.md 2 and 3, l402.md 2.4,
x402-bip122.md 10)."""
import base64
import json
import os
import re
import time

import processes
from cases import contains, same
from gate import Gate
from lnbits import Lnbits
from lnd_door import Door

NAMES = ("LNbits", "payer")
CALL = {"name": "add", "arguments": {"a": 40, "b": 2}}
SLOW = {"name": "slow", "arguments": {"steps": 1}}  # nobody has asked for it before
BODY = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": CALL}

# What one payment buys: the price in msat, how often to call, and the status and the number of
# payments after each call.
WARES = {
    "once": ("3 sat", 3000, [(200, 1)]),
    "counted": ("5 sat, uses: 3", 5000, [(200, 1)] * 3),
    "hour": ("7 sat, uses: unlimited, valid_for: 1h", 7000, [(200, 1)] * 2),
}


IN_BAND = "in-band"  # sold at the first price, refused within results
BY_PAYMENT = "payment"  # sold at the first price, by the Payment scheme alone


class Payer:
    """A client of others; one that pays by x402 is told of the settlement on `network`."""

    def __init__(self, name, command, network=None):
        self.name, self.command, self.network = name, command, network

    def told(self, till, gate, ware, rounds):
        answers = till.peers.told(self.command, {
            "url": gate.url(f"/{ware}"), "rounds": rounds, "body": json.dumps(BODY),
            "call": CALL, "node": till.door.url,
            "wallet": {"url": till.lnbits.url, "key": till.lnbits.payer["adminkey"]}})
        for answer in answers:
            if answer["status"] == 200:
                self._check(till, answer)
            if answer["status"] == "raised":
                contains(answer["body"].lower().replace("_", ""), "spendcontrol", "complaint")
        till.payments += answers[-1]["paid"]
        return [(answer["status"], answer["paid"]) for answer in answers]

    def _check(self, till, answer):
        contains(answer["body"], "42", f"answer {answer}")
        if self.network:
            self._was_settled(till, answer.get("settled"))

    def _was_settled(self, till, settled):
        """`settled` is text of a header, or the object of `_meta`."""
        if isinstance(settled, str):
            settled = json.loads(base64.b64decode(settled))
        same(settled["success"], True, f"settlement {settled}")
        same(settled["network"].split(":")[0], self.network, "network")
        same(settled["transaction"] in till.lnbits.received(), True, f"payment {settled}")


class SchemePayer(Payer):
    """One that pays by the Payment scheme, and gets a receipt of it."""

    def _check(self, till, answer):
        super()._check(till, answer)
        # The server answers with a stream, whose head leaves before the charge.
        receipt = re.search(r'"org\.paymentauth/receipt":(\{[^}]*\})', answer["body"])
        receipt = json.loads(receipt.group(1))
        same((receipt["status"], receipt["method"]), ("success", "lightning"), "receipt")
        same(receipt["reference"] in till.lnbits.received(), True, f"payment {receipt}")


def plain_payers(peers):
    """They know HTTP and L402, and nothing of MCP."""
    here = os.path.dirname(os.path.abspath(__file__))
    alby = [peers.node(), f"{here}/pay_alby.mjs"]
    return [
        Payer("Alby fetch402", [*alby, "fetch402"]),
        Payer("Alby fetchWithL402", [*alby, "l402"]),
        Payer("l402-requests", [peers.python("l402-requests"), f"{here}/pay_l402_requests.py"]),
        Payer("l402sdk", [peers.python("l402sdk"), f"{here}/pay_l402sdk.py"]),
    ]


def scheme_payers(peers):
    """They know HTTP and the Payment scheme, which both take only where L402 is not offered."""
    here = os.path.dirname(os.path.abspath(__file__))
    alby = [peers.node(), f"{here}/pay_alby.mjs"]
    return [
        SchemePayer("Alby fetchWithMpp", [*alby, "mpp"]),
        SchemePayer("l402-requests", [peers.python("l402-requests"),
                                      f"{here}/pay_l402_requests.py"]),
    ]


def payers_below_an_sdk(peers):
    """Each call is an exchange of its own, paid below the SDK, which sees the answer only."""
    here = os.path.dirname(os.path.abspath(__file__))
    return [Payer(f"Alby below TypeScript {way}",
                  [peers.node(), f"{here}/pay_alby.mjs", f"mcp-{way}"])
            for way in ("v1", "v2")]


def x402_payers(peers):
    """They know HTTP and x402, and of Lightning what the test has taught them: one payer for what
    it knows and what it takes of the two offers; it pays for every call."""
    here = os.path.dirname(os.path.abspath(__file__))
    typescript = [peers.node(), f"{here}/pay_x402.mjs"]
    python = [peers.python("python-x402-mcp-1"), f"{here}/pay_x402.py"]
    payers = [Payer("Alby fetchWithX402", [peers.node(), f"{here}/pay_alby.mjs", "x402"], "bip122")]
    for name, command in (("@x402/fetch", [*typescript, "fetch"]),
                          ("@x402/fetch as X-PAYMENT", [*typescript, "x-payment"]),
                          ("x402 for Python", [*python, "http"])):
        payers += [Payer(f"{name}, knows {known}", [*command, known, "off"], taken)
                   for known, taken in KNOWN_AND_TAKEN]
        payers.append(Payer(f"{name}, up to 100 sat", [*command, "bip122,lnbtc", "cap"], "bip122"))
    return payers


# Who knows both networks takes bip122: it drops offers with a flow of their own, if any is left.
KNOWN_AND_TAKEN = (("bip122", "bip122"), ("lnbtc", "lnbtc"), ("lnbtc,bip122", "bip122"))


def x402_payers_as_they_come(peers):
    """With the limits they have by themselves they spend no bitcoin."""
    here = os.path.dirname(os.path.abspath(__file__))
    return [Payer("@x402/fetch", [peers.node(), f"{here}/pay_x402.mjs", "fetch", "bip122,lnbtc",
                                  "default"]),
            Payer("x402 for Python", [peers.python("python-x402-mcp-1"), f"{here}/pay_x402.py",
                                      "http", "bip122,lnbtc", "default"])]


def x402_payers_below_an_sdk(peers):
    """(payer, path): the fetch of the TypeScript SDKs pays for them; x402's MCP part for Python
    pays around the SDK, within the messages."""
    here = os.path.dirname(os.path.abspath(__file__))
    made = []
    for known, taken in KNOWN_AND_TAKEN:
        for way in ("v1", "v2"):
            made.append((Payer(f"@x402/fetch below TypeScript {way}, knows {known}",
                               [peers.node(), f"{here}/pay_x402.mjs", f"mcp-{way}", known, "off"]),
                         "once"))
        for generation in (1, 2):
            made.append((Payer(f"x402.mcp around Python {generation}.x, knows {known}",
                               [peers.python(f"python-x402-mcp-{generation}"),
                                f"{here}/pay_x402.py", "mcp", known, "off"], taken), IN_BAND))
    return made


def wait_until(answered, wanted):
    """A caller who asks again until it is as wanted: the wallet comes back when it is ready."""
    until = time.monotonic() + processes.PATIENCE
    while (last := answered()) != wanted:
        if time.monotonic() > until:
            raise AssertionError(f"still {last}, not {wanted}")


class Till:
    """The gate with its wallet, and how many payments its callers have told of."""

    def __init__(self, program, peers, folder, keep):
        self.peers, self.program, self.folder = peers, program, folder
        self.lnbits = keep(Lnbits(peers, os.path.join(folder, "lnbits")))
        self.door = keep(Door(self.lnbits))
        server, self.upstream = peers.three_tools(2, "stateless")
        keep(server)
        self.payments = 0
        self.gate = keep(self.opened("gate", self.lnbits.gate["inkey"]))
        # It also says what clients of the time before L402 read.
        self.older = keep(self.opened("older", self.lnbits.gate["inkey"],
                                      sections="rails: { l402: { lsat_line: true } }\n"))
        # A challenge of the scheme is shown on loopback.
        self.scheme = keep(self.opened("scheme", self.lnbits.gate["inkey"],
                                       sections="rails: { mpp: { enabled: true } }\n"))
        self.gates = (self.gate, self.older, self.scheme)
        # LNbits is slow with its first invoices; until they are there callers are told to wait.
        for gate in self.gates:
            gate.process.wait_for("wallet_ready")
            for ware in WARES:
                wait_until(lambda: self.answer(ware, gate=gate), (402, "payment_required"))

    def opened(self, name, key, more="", sections=""):
        """A gate on that wallet; `more` is text of its section `lightning`."""
        rows = {ware: f"add: {{ price: {price} }}" for ware, (price, _, _) in WARES.items()}
        rows[IN_BAND] = rows["once"]
        if "mpp" in sections:
            rows[BY_PAYMENT] = f"add: {{ price: {WARES['once'][0]}, rails: [mpp] }}"
        text = "routes:\n" + "".join(
            f"  - path: /{ware}\n    upstream: {{ url: \"{self.upstream}\" }}\n"
            f"    surface: {'result' if ware == IN_BAND else 'http'}\n"
            f"    tools: {{ {row}, slow: {{ price: 1 sat }}, echo: free }}\n"
            for ware, row in rows.items())
        lightning = (f"lightning: {{ driver: lnbits, url: \"{self.lnbits.url}\", "
                     f"key: \"${{WALLET_INVOICE_KEY}}\"{more} }}")
        return Gate(self.program, os.path.join(self.folder, name), sections + text, lightning,
                    {"WALLET_INVOICE_KEY": key})

    def offered(self, ware):
        return self.gate.refused(f"/{ware}", CALL["name"], CALL["arguments"])

    def paid(self, invoice):
        self.payments += 1
        return self.lnbits.pay(invoice)["preimage"]

    def answer(self, ware, credential=None, gate=None, call=CALL):
        """(status, token) of one call."""
        headers = {"Authorization": credential} if credential else {}
        status, _, body = (gate or self.gate).post(f"/{ware}", {**BODY, "params": call}, headers)
        return status, None if status == 200 else json.loads(body)["error"]["data"]["reason"]


# --- clients of others ---------------------------------------------------------------------------


def pays_for(till, gate, payer, ware, rounds):
    same(payer.told(till, gate, ware, len(rounds)), rounds, "status and payments, call by call")


def payer_cases(cases, till):
    for payer in plain_payers(till.peers):
        for ware, (_, _, rounds) in WARES.items():
            # At the end they show once more what is spent, and do not pay for it again.
            spent = [] if ware == "hour" else [(409, 1)]
            name = f"payer {payer.name}: {ware}"
            if cases.wants(name):
                cases.case(name, pays_for, till, till.gate, payer, ware, rounds + spent)
        name = f"payer {payer.name}: beside a line for LSAT"
        if cases.wants(name):
            cases.case(name, pays_for, till, till.older, payer, "once", WARES["once"][2])
        name = f"payer {payer.name}: beside a line of the Payment scheme"
        if cases.wants(name):
            cases.case(name, pays_for, till, till.scheme, payer, "once", WARES["once"][2])
    for payer in payers_below_an_sdk(till.peers):
        name = f"payer {payer.name}: each call"
        if cases.wants(name):
            cases.case(name, pays_for, till, till.gate, payer, "once", [(200, 1), (200, 2)])


def x402_cases(cases, till):
    below = x402_payers_below_an_sdk(till.peers)
    for payer, ware in [(payer, "once") for payer in x402_payers(till.peers)] + below:
        name = f"payer {payer.name}: each call"
        if cases.wants(name):
            cases.case(name, pays_for, till, till.gate, payer, ware, [(200, 1), (200, 2)])
    for payer in x402_payers_as_they_come(till.peers):
        name = f"payer {payer.name}: pays nothing with its own limits"
        if cases.wants(name):
            cases.case(name, pays_for, till, till.gate, payer, "once", [("raised", 0)])


def scheme_cases(cases, till):
    for payer in scheme_payers(till.peers):
        name = f"payer {payer.name} by the Payment scheme: each call"
        if cases.wants(name):
            cases.case(name, pays_for, till, till.scheme, payer, BY_PAYMENT, [(200, 1), (200, 2)])


def own_client_pays(till):
    code, said, complained = processes.run(
        [till.program, "call", till.gate.url("/once"), "add", "a:=40", "b:=2", "--json",
         "--wallet", f"lnbits:{till.lnbits.url}"],
        more_environment={"TOLLHOUSE_WALLET_KEY": till.lnbits.payer["adminkey"],
                          "HOME": till.folder})
    same(code, 0, f"exit; {said} {complained}")
    contains(said, "42", "answer")
    till.payments += 1


# --- a wallet that knows too much, and one that is away ------------------------------------------


def preimages_buy_nothing(till):
    """LNbits shows the holder of the invoice key the preimage of an unpaid invoice."""
    macaroon, invoice = till.offered("once")
    preimage = till.lnbits.unpaid_preimage(invoice)
    credential = f"L402 {macaroon}:{preimage}"
    same(till.answer("once", credential), (402, "invoice_not_paid"), "unpaid")
    same(till.paid(invoice), preimage, "preimage")
    same(till.answer("once", credential), (200, None), "paid")


def outlives_its_wallet(till):
    """LNbits ends between a payment and its first showing: its word of it still comes, and cannot be
    looked up."""
    macaroon, invoice = till.offered("hour")
    seen = f"L402 {macaroon}:{till.paid(invoice)}"
    same(till.answer("hour", seen), (200, None), "first showing")
    macaroon, invoice = till.offered("once")
    with till.gate.process.held():
        unseen = f"L402 {macaroon}:{till.paid(invoice)}"
        till.lnbits.stop()
    try:
        # Each asks the wallet in vain, until it is left in peace and nothing is offered any more.
        for _ in range(5):
            same(till.answer("once", unseen), (503, "settlement_unknown"), "not seen as paid yet")
        same(till.answer("once", call=SLOW), (503, "rails_unavailable"), "unpaid call")
        same(till.answer("hour", seen), (200, None), "seen as paid before")
    finally:
        till.lnbits.start_again()
    till.gate.process.wait_for("wallet_circuit_closed")
    wait_until(lambda: till.answer("once", unseen), (200, None))
    same(till.answer("once", unseen), (409, "replay"), "spent")
    wait_until(lambda: till.answer("once", call=SLOW), (402, "payment_required"))


def refuses_a_key_that_spends(till):
    key = till.lnbits.gate["adminkey"]
    gate = till.opened("overpowered", key)
    try:
        gate.process.wait_for("overpowered_credential")
        same(gate.process.wait(), 3, "exit")
        same(key in gate.process.tail(4000), False, "the key in the output")
    finally:
        gate.stop()


def tries_again(till, name, why, key, more=""):
    gate = till.opened(name, key, more)
    try:
        contains(gate.process.wait_for(r"wallet_check_failed.*").group(0), why, "reason")
        status, headers, body = gate.post("/once", BODY)
        same((status, json.loads(body)["error"]["data"]["reason"]), (503, "rails_unavailable"),
             "unpaid call")
        if not headers.get("Retry-After"):
            raise AssertionError(f"no Retry-After: {headers}")
        same(key in gate.process.tail(4000), False, "the key in the output")
    finally:
        gate.stop()


def wallet_cases(cases, till):
    def case(name, promise, *arguments):
        if cases.wants(name):
            cases.case(name, promise, till, *arguments)

    case("LNbits: tollhouse call pays", own_client_pays)
    case("LNbits: a preimage that is not paid for buys nothing", preimages_buy_nothing)
    case("LNbits: ends in the middle of a payment", outlives_its_wallet)
    case("LNbits: a key that can spend ends the gate", refuses_a_key_that_spends)
    case("LNbits: an unknown key sells nothing", tries_again, "unknown-key", "unauthenticated",
         "0" * 32)
    case("LNbits: another network sells nothing", tries_again, "other-network", "wrong_network",
         till.lnbits.gate["inkey"], ", network: regtest")


# --- the books -----------------------------------------------------------------------------------


def books_agree(till):
    """What LNbits received is what its callers told of, and each of it stands in the books."""
    received = till.lnbits.received()
    same(len(received), till.payments, "payments that LNbits received")
    booked, gross_msat = {}, 0
    for gate in till.gates:
        report, = gate.ledger("check")
        same(report.get("ok"), True, f"ledger check {report}")
        gross_msat += report["grossMsat"]
        for charge in gate.ledger("export"):
            payment = charge["paymentHash"]
            booked[payment] = booked.get(payment, 0) + charge["grossMsat"]
    same(set(booked.items()) ^ set(received.items()), set(), "msat of payments in one of both only")
    same(till.lnbits.balance_msat(), gross_msat, "balance of the gates' wallet")


def nothing_secret_was_said(till):
    said = "".join(gate.process.tail(100_000) for gate in till.gates)
    for key in (till.lnbits.gate["inkey"], till.lnbits.gate["adminkey"]):
        same(key in said, False, "a key in the log")
    for preimage in till.lnbits.preimages():
        same(preimage in said, False, "a preimage in the log")


def run(cases, program, peers, folder, keep):
    """`keep` takes each process that has to be stopped at the end."""
    if not any(cases.wants(name) for name in NAMES):
        return
    till = Till(program, peers, os.path.join(folder, "pay"), keep)
    payer_cases(cases, till)
    x402_cases(cases, till)
    scheme_cases(cases, till)
    wallet_cases(cases, till)
    cases.case("LNbits: the books and the wallet agree on each payment", books_agree, till)
    cases.case("LNbits: no key and no preimage in the log", nothing_secret_was_said, till)
