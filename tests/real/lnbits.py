"""A real LNbits on its FakeWallet, with new books for each run: a wallet for the gate and one that
pays. Invoices and payments between the two are real to everybody but the Lightning network."""
import json
import os
import secrets
import urllib.error
import urllib.parse
import urllib.request

import processes
from cases import same

START_MONEY_SATS = 1_000_000


class Lnbits:
    def __init__(self, peers, folder):
        os.makedirs(folder, mode=0o700)
        self._python, self._folder = peers.python("lnbits"), folder
        self._environment = {
            "LNBITS_BACKEND_WALLET_CLASS": "FakeWallet",
            "FAKE_WALLET_SECRET": secrets.token_hex(16),
            "AUTH_SECRET_KEY": secrets.token_hex(16),
            "LNBITS_DATA_FOLDER": folder, "LNBITS_EXTENSIONS_PATH": folder,
            "LNBITS_ADMIN_UI": "true", "LNBITS_EXTENSIONS_DEACTIVATE_ALL": "true",
            "LNBITS_RATE_LIMIT_NO": "1000000",
            "LNBITS_EXCHANGE_HISTORY_REFRESH_INTERVAL_SECONDS": "0", "HOST": "127.0.0.1"}
        self.process = self.port = None
        processes.started_on_a_free_port(self._start)
        try:
            self._fill()
        except BaseException:
            self.stop()
            raise

    def _start(self, port):
        # Templates and static files are looked for in the working directory.
        site = os.path.join(os.path.dirname(os.path.dirname(self._python)),
                            "lib/python3.11/site-packages")
        program = os.path.join(os.path.dirname(self._python), "lnbits")
        self.port = port
        self.process = processes.Process(
            "lnbits", [program, "--host", "127.0.0.1", "--port", str(port)],
            {**self._environment, "PORT": str(port), "LNBITS_BASEURL": self.url + "/"}, site)
        try:
            self.process.wait_for(r"Uvicorn running on")
        except BaseException:
            self.stop()
            raise

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        return self.process.stop() if self.process else None

    def start_again(self):
        """The same address and the same books, another process."""
        self._start(self.port)

    def ask(self, method, path, body=None, key=None, bearer=None):
        """(status, JSON)"""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["X-Api-Key"] = key
        if bearer:
            headers["Authorization"] = "Bearer " + bearer
        request = urllib.request.Request(
            self.url + path, method=method, headers=headers,
            data=None if body is None else json.dumps(body).encode())
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=processes.PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")

    def _made(self, method, path, body, **more):
        status, answer = self.ask(method, path, body, **more)
        if status not in (200, 201):
            raise RuntimeError(f"lnbits: {method} {path}: {status} {answer}")
        return answer

    def _fill(self):
        word = secrets.token_hex(12)
        install = {"username": "admin", "password": word, "password_repeat": word}
        token = self._made("PUT", "/api/v1/auth/first_install", install)["access_token"]
        self.gate = self._made("POST", "/api/v1/account", {"name": "gate"})
        self.payer = self._made("POST", "/api/v1/account", {"name": "payer"})
        self._made("PUT", "/users/api/v1/balance",
                   {"id": self.payer["id"], "amount": START_MONEY_SATS}, bearer=token)

    def pay(self, invoice):
        """The payment as LNbits tells it, paid from the second wallet."""
        paid = self._made("POST", "/api/v1/payments", {"out": True, "bolt11": invoice},
                          key=self.payer["adminkey"])
        if paid["status"] != "success":
            raise RuntimeError(f"lnbits did not pay: {paid}")
        return paid

    def unpaid_preimage(self, invoice):
        """What the invoice key gets to see of an invoice that nobody has paid."""
        row, = [row for row in self._listed() if row["bolt11"] == invoice]
        same((row["status"], len(row["preimage"] or "")), ("pending", 64), "invoice")
        return row["preimage"]

    def received(self):
        """What the gate's wallet lists as paid: {payment hash: msat}."""
        return {row["payment_hash"]: row["amount"] for row in self._listed()
                if row["status"] == "success"}

    def preimages(self):
        return [row["preimage"] for row in self._listed() if row["preimage"]]

    def _listed(self):
        """All rows of the gate's wallet."""
        listed, page = [], 100
        while True:
            query = urllib.parse.urlencode({"limit": page, "offset": len(listed)})
            rows = self._made("GET", f"/api/v1/payments?{query}", None, key=self.gate["inkey"])
            listed += rows
            if len(rows) < page:
                return listed

    def balance_msat(self):
        return self._made("GET", "/api/v1/wallet", None, key=self.gate["inkey"])["balance"]
