"""A gate that sells through one LND node and callers who pay with another: sales on each rail, an
outage, keys with too much power; at the end the gate's books and the node have the same payments
(lightning-backends.md 6)."""
import json

import processes
from cases import contains, same
from gate import Gate
from lnd import Network
from pay_cases import wait_until

ROUTES = """routes:
  - {{ path: /plain, upstream: {{ url: "{server}" }}, tools: {{ add: {{ price: 1500 msat }} }} }}
  - {{ path: /work, upstream: {{ url: "{server}" }}, tools: {{ add: {{ price: 3 sat, uses: 2 }} }} }}
"""
ARGUMENTS = ["a:=40", "b:=2"]


class Till:
    def __init__(self, program, peers, net, folder, keep):
        self.program, self.net, self.folder = program, net, folder
        self.paying = {"TOLLHOUSE_WALLET_KEY_FILE": net.a.paying_macaroon(),
                       "TOLLHOUSE_WALLET_TLS_CERT": net.a.certificate}
        server, address = peers.three_tools(2)
        keep(server)
        self.routes = ROUTES.format(server=address)
        self.gate = self.opened("gate", net.b.gate_macaroon())
        keep(self.gate)

    def lightning(self, macaroon, network="regtest"):
        node = self.net.b
        return (f'lightning: {{ driver: lnd, network: {network}, url: "{node.url}", '
                f'macaroon: "{macaroon}", tls_cert: "{node.certificate}" }}')

    def opened(self, name, macaroon, network="regtest"):
        return Gate(self.program, f"{self.folder}/{name}", self.routes,
                    self.lightning(macaroon, network))

    def run(self, *command, more=None):
        return processes.run([self.program, *command], folder=self.folder, more_environment={
            **self.paying, "XDG_STATE_HOME": f"{self.folder}/state", **(more or {})})

    def called(self, *more, path="/plain", rail="l402"):
        return self.run("call", self.gate.url(path), "add", *ARGUMENTS, "--rail", rail, "--wallet",
                        f"lnd:{self.net.a.url}", *more)

    def paid(self, invoice, more=None):
        return self.run("pay", invoice, "--wallet", f"lnd:{self.net.a.url}", more=more)


def doctor_is_content(till):
    _, said, complained = processes.run(
        [till.program, "doctor", "-c", till.gate.configuration, "--json"],
        more_environment=till.gate.environment)
    wallet = [check["health"] for check in json.loads(said)["checks"] if check["part"] == "wallet"]
    same(set(wallet), {"ok"}, f"{said} {complained}")


def is_sold(till, rail):
    before = len(till.net.b.received())
    code, said, complained = till.called(rail=rail)
    same(code, 0, f"{said} {complained}")
    contains(said, "42", "answer")
    same(len(till.net.b.received()), before + 1, "payments at the node")


def sold_once_for_two_uses(till):
    before = len(till.net.b.received())
    for _ in range(2):
        code, said, complained = till.called(path="/work")
        same(code, 0, f"{said} {complained}")
    same(len(till.net.b.received()) - before, 1, "payments at the node")


def too_dear_is_not_paid(till):
    before = till.net.b.received()
    code, _, complained = till.called("--max-sats", "1")
    same((code != 0, till.net.b.received()), (True, before), complained)


def paid_once(till):
    """The same preimage for a second order of the same invoice, and one payment."""
    invoice = till.net.b.invoice(7)
    first, second = till.paid(invoice), till.paid(invoice)
    same((first[0], second[0]), (0, 0), f"{first} {second}")
    same(first[1].split()[-1], second[1].split()[-1], "preimage")
    same(sorted(till.net.b.received().values()).count(7000), 1, "payments of the invoice")


def another_certificate_is_not_trusted(till):
    before = till.net.b.received()
    code, _, complained = till.paid(till.net.b.invoice(9),
                                    {"TOLLHOUSE_WALLET_TLS_CERT": till.net.b.certificate})
    same((code != 0, till.net.b.received()), (True, before), complained)


def not_opened(till, name, macaroon, network="regtest"):
    """What the gate says where it must not start."""
    try:
        gate = till.opened(name, macaroon, network)
    except RuntimeError as error:
        return str(error)
    gate.stop()
    raise AssertionError("the gate started")


def refuses_a_key_that_spends(till):
    contains(not_opened(till, "spender", till.net.b.admin_macaroon), "spend", "gate")


def survives_an_outage(till):
    """What is paid for goes on working while the node is silent; a payment that does not reach it
    is none, and the next one is."""
    before = len(till.net.b.received())
    code, said, complained = till.called(path="/work")
    same(code, 0, f"{said} {complained}")
    with till.net.b.process.held():
        code, said, complained = till.called(path="/work")
        same(code, 0, f"{said} {complained}")
        code, _, complained = till.called()
        same(code != 0, True, complained)
    wait_until(lambda: till.called()[0], 0)
    same(len(till.net.b.received()), before + 2, "payments at the node")


def books_agree(till):
    report, = till.gate.ledger("check")
    same(report.get("ok"), True, f"ledger check {report}")
    sold = {}
    for charge in till.gate.ledger("export"):
        payment = charge["paymentHash"]
        sold[payment] = sold.get(payment, 0) + charge["grossMsat"]
    node = till.net.b.received()
    same({payment: node.get(payment) for payment in sold}, sold, "books and node")


def run(cases, program, peers, programs, folder, keep):
    net = Network(programs, f"{folder}/lnd")
    keep(net)
    till = Till(program, peers, net, folder, keep)
    promises = [("doctor has no complaint", doctor_is_content),
                ("sold and paid by l402", is_sold, "l402"),
                ("sold and paid by x402", is_sold, "x402"),
                ("one payment for two uses", sold_once_for_two_uses),
                ("what is too dear is not paid", too_dear_is_not_paid),
                ("an invoice is paid once", paid_once),
                ("another certificate is not trusted", another_certificate_is_not_trusted),
                ("the admin macaroon ends the gate", refuses_a_key_that_spends),
                ("a node that is silent", survives_an_outage),
                ("books and node agree", books_agree)]
    for name, promise, *more in promises:
        if cases.wants(f"LND: {name}"):
            cases.case(f"LND: {name}", promise, till, *more)
