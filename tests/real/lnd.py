"""Two LND nodes with a channel between them on a private regtest chain of btcd, all on loopback:
`a` pays, `b` receives. The programs are the caller's: btcd and lnd in one folder."""
import base64
import json
import os
import secrets
import ssl
import time
import urllib.error
import urllib.request

import processes

CHANNEL_SATS = 10_000_000
PUSHED_SATS = 4_000_000
MATURE_BLOCKS = 120  # coins of a block can be spent after 100 more

# Where the first block's coins go, which nobody needs: the program of twenty zeros.
NOBODY = "bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202"

# What a gate needs of a node (lightning-backends.md 6): it cannot spend.
GATE_METHODS = ("/lnrpc.Lightning/AddInvoice", "/lnrpc.Lightning/LookupInvoice",
                "/lnrpc.Lightning/SubscribeInvoices", "/lnrpc.Lightning/ListInvoices",
                "/invoicesrpc.Invoices/SubscribeSingleInvoice", "/lnrpc.Lightning/GetInfo",
                "/lnrpc.Lightning/ChannelBalance", "/lnrpc.Lightning/ListChannels")


def until(what, process, done):
    """Asks until there is an answer that is not empty, again when `process` says something; a peer
    that is not ready may refuse."""
    end, last = time.monotonic() + processes.PATIENCE, None
    while time.monotonic() < end:
        try:
            if found := done():
                return found
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            last = error
        process.hear(0.5)
    raise RuntimeError(f"waited in vain for {what}: {last}")


def asked(url, certificate, headers, body=None):
    """JSON of one exchange over TLS with the one certificate that is trusted."""
    trusted = ssl.create_default_context(cafile=certificate)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         urllib.request.HTTPSHandler(context=trusted))
    request = urllib.request.Request(url, headers=headers,
                                     data=None if body is None else json.dumps(body).encode())
    try:
        with direct.open(request, timeout=processes.PATIENCE) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{url}: {error.code} {error.read().decode(errors='replace')}") from error


def kept(path, content):
    """A file that nobody else reads: words do not stand on command lines."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return path


class Btcd:
    """Forgets its regtest chain at each start."""

    def __init__(self, programs, folder, word, paid):
        os.makedirs(folder, mode=0o700)
        self._word, self.certificate = word, f"{folder}/rpc.cert"
        self.rpc, self.p2p = processes.free_port(), processes.free_port()
        settings = kept(f"{folder}/btcd.conf", f"rpcuser=real\nrpcpass={word}\n".encode())
        self.process = processes.Process("btcd", [
            f"{programs}/btcd", f"--configfile={settings}", "--regtest", f"--datadir={folder}",
            f"--logdir={folder}",
            f"--rpccert={self.certificate}", f"--rpckey={folder}/rpc.key",
            f"--rpclisten=127.0.0.1:{self.rpc}", f"--listen=127.0.0.1:{self.p2p}", "--txindex",
            "--nobanning", "--nostalldetect", f"--miningaddr={paid}"])
        try:
            until("btcd", self.process, lambda: self.ask("getblockcount") == 0)
        except BaseException:
            self.process.stop()
            raise

    def ask(self, method, *parameters):
        word = base64.b64encode(f"real:{self._word}".encode()).decode()
        answer = asked(f"https://127.0.0.1:{self.rpc}", self.certificate,
                       {"Authorization": f"Basic {word}", "Content-Type": "application/json"},
                       {"jsonrpc": "1.0", "id": 1, "method": method, "params": parameters})
        if answer.get("error"):
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]


class Node:
    def __init__(self, programs, folder, word):
        os.makedirs(folder, mode=0o700)
        kept(f"{folder}/lnd.conf", f"[btcd]\nbtcd.rpcuser=real\nbtcd.rpcpass={word}\n".encode())
        self.folder, self._program = folder, f"{programs}/lnd"
        self.certificate = f"{folder}/tls.cert"
        self.rest, self.rpc, self.p2p = (processes.free_port() for _ in range(3))
        self.process = None

    @property
    def url(self):
        return f"https://127.0.0.1:{self.rest}"

    @property
    def admin_macaroon(self):
        return f"{self.folder}/data/chain/bitcoin/regtest/admin.macaroon"

    def start(self, btcd):
        name = os.path.basename(self.folder)
        self.process = processes.Process(f"lnd {name}", [
            self._program, f"--lnddir={self.folder}", "--bitcoin.regtest", "--bitcoin.node=btcd",
            f"--btcd.rpchost=127.0.0.1:{btcd.rpc}", f"--btcd.rpccert={btcd.certificate}",
            "--noseedbackup", "--nobootstrap", f"--alias={name}",
            f"--rpclisten=127.0.0.1:{self.rpc}",
            f"--restlisten=127.0.0.1:{self.rest}", f"--listen=127.0.0.1:{self.p2p}",
            "--bitcoin.defaultchanconfs=1", "--trickledelay=50",
            "--healthcheck.chainbackend.attempts=0"])
        until(f"lnd {name}", self.process,
              lambda: self.ask("/v1/state")["state"] == "SERVER_ACTIVE")

    def stop(self):
        return self.process.stop() if self.process else None

    def ask(self, path, body=None):
        headers = {"Content-Type": "application/json"}
        if os.path.exists(self.admin_macaroon):
            with open(self.admin_macaroon, "rb") as file:
                headers["Grpc-Metadata-macaroon"] = file.read().hex()
        return asked(self.url + path, self.certificate, headers, body)

    def new_address(self):
        return self.ask("/v1/newaddress?type=WITNESS_PUBKEY_HASH")["address"]

    def follows(self, height):
        info = self.ask("/v1/getinfo")
        return info["synced_to_chain"] and info["block_height"] == height

    def channel(self):
        """The channel, once both ends' policies are known, without which nobody finds a way."""
        for channel in self.ask("/v1/channels?active_only=true")["channels"]:
            edge = self.ask(f"/v1/graph/edge/{channel['chan_id']}")
            if edge["node1_policy"] and edge["node2_policy"]:
                return channel
        return None

    def baked(self, name, permissions):
        """The path of a macaroon with those permissions and no other."""
        macaroon = self.ask("/v1/macaroon", {"permissions": permissions})["macaroon"]
        return kept(f"{self.folder}/{name}.macaroon", bytes.fromhex(macaroon))

    def gate_macaroon(self):
        return self.baked("gate", [{"entity": "uri", "action": method} for method in GATE_METHODS])

    def paying_macaroon(self):
        return self.baked("pay", [{"entity": "offchain", "action": action}
                                  for action in ("read", "write")])

    def invoice(self, sats):
        return self.ask("/v1/invoices", {"value": str(sats)})["payment_request"]

    def received(self):
        """{payment hash: msat} of what was paid to this node."""
        listed = self.ask("/v1/invoices?num_max_invoices=1000")["invoices"]
        return {base64.b64decode(invoice["r_hash"]).hex(): int(invoice["amt_paid_msat"])
                for invoice in listed if invoice["state"] == "SETTLED"}


class Network:
    def __init__(self, programs, folder):
        os.makedirs(folder, mode=0o700)
        word = secrets.token_hex(16)
        self.a, self.b = (Node(programs, f"{folder}/{name}", word) for name in ("a", "b"))
        self.btcd = None
        try:
            self._lay(programs, folder, word)
            self._connect()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        for part in (self.a, self.b):
            part.stop()
        if self.btcd:
            self.btcd.process.stop()

    def mine(self, blocks):
        self.btcd.ask("generate", blocks)

    def _lay(self, programs, folder, word):
        """btcd is told at its start whom it pays, and lnd has no address before it has seen a
        block: so one block is mined for nobody, and handed to the second btcd."""
        self.btcd = Btcd(programs, f"{folder}/btcd-first", word, NOBODY)
        self.mine(1)
        first = self.btcd.ask("getblock", self.btcd.ask("getblockhash", 1), 0)
        self.a.start(self.btcd)
        address = self.a.new_address()
        self.a.stop()
        self.btcd.process.stop()
        self.btcd = Btcd(programs, f"{folder}/btcd", word, address)
        self.btcd.ask("submitblock", first)
        self.mine(MATURE_BLOCKS)

    def _connect(self):
        for node in (self.a, self.b):
            node.start(self.btcd)
        height = self.btcd.ask("getblockcount")
        for node in (self.a, self.b):
            until("the chain's end", node.process, lambda node=node: node.follows(height))
        until("coins", self.a.process, self._has_coins)
        far = self.b.ask("/v1/getinfo")["identity_pubkey"]
        self.a.ask("/v1/peers", {"addr": {"pubkey": far, "host": f"127.0.0.1:{self.b.p2p}"}})
        until("peers", self.a.process, lambda: self.a.ask("/v1/peers")["peers"])
        self.a.ask("/v1/channels", {"node_pubkey_string": far, "push_sat": str(PUSHED_SATS),
                                    "local_funding_amount": str(CHANNEL_SATS)})
        self.mine(6)
        for node in (self.a, self.b):
            until("the channel", node.process, node.channel)

    def _has_coins(self):
        balance = self.a.ask("/v1/balance/blockchain")["confirmed_balance"]
        return int(balance) > 2 * CHANNEL_SATS
