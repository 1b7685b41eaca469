"""A gate under test: its configuration, its HTTP side as a plain caller sees it, and its books."""
import http.client
import json
import os
import re
import secrets

import processes

LIMITS = """limits: { challenges_per_minute: 100000, challenges_per_second_in_all: 100000,
          unpaid_per_client: 10000, failed_credentials_per_minute: 100000 }
"""
PLAIN = """listen: 127.0.0.1:0
admin: off
log: { format: json, level: info }
"""


class Gate:
    """`routes`, `lightning` and `limits` are text of the configuration."""

    def __init__(self, program, folder, routes, lightning, more_environment=None, limits=LIMITS):
        self.program, self.folder = program, folder
        os.makedirs(folder, mode=0o700)
        self.configuration = os.path.join(folder, "tollhouse.yaml")
        self.environment = {"LN_GATE_HMAC": secrets.token_hex(32), **(more_environment or {})}
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(PLAIN + limits + f"data_dir: {folder}/books\n{lightning}\n{routes}")
        os.chmod(self.configuration, 0o600)
        self.process = processes.Process("gate", [program, "serve", "-c", self.configuration],
                                         self.environment)
        try:
            # Its listener in the ready line, whatever the line's form.
            self.port = int(self.process.wait_for(r"gate +http://127\.0\.0\.1:(\d+)").group(1))
        except BaseException:
            self.process.stop()
            raise

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def post(self, path, body, headers=None):
        """(status, headers, body) of one exchange."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=processes.PATIENCE)
        try:
            connection.request("POST", path, json.dumps(body), {
                "Content-Type": "application/json",
                "Accept": "application/json, text/event-stream", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def refused(self, path, tool, arguments):
        """The L402 challenge of an unpaid call: (macaroon, invoice)."""
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                "params": {"name": tool, "arguments": arguments}}
        status, headers, body = self.post(path, call)
        if status == 402:
            line = headers.get("WWW-Authenticate", "")
            found = re.match(r'L402 macaroon="([^"]+)", invoice="([^"]+)"', line)
            if found:
                return found.groups()
        elif status == 200:
            answer = json.loads(body)
            data = answer.get("error", {}).get("data") or json.loads(
                answer["result"]["content"][0]["text"])
            return data["macaroon"], data["invoice"]
        raise AssertionError(f"unpaid call of {tool} at {path}: {status} {body}")

    def bought(self, path, tool, arguments):
        """A credential, paid at the simulated wallet."""
        macaroon, invoice = self.refused(path, tool, arguments)
        status, _, body = self.post("/sim/pay", {"invoice": invoice})
        if status != 200:
            raise AssertionError(f"/sim/pay: {status} {body}")
        return f"L402 {macaroon}:{json.loads(body)['preimage']}"

    def simulated_fault(self, mode):
        status, _, body = self.post("/sim/fault", {"mode": mode})
        if status != 200:
            raise AssertionError(f"/sim/fault: {status} {body}")

    def ledger(self, *arguments):
        code, said, complained = processes.run(
            [self.program, "ledger", *arguments, "--json", "-c", self.configuration],
            more_environment=self.environment)
        if code != 0:
            raise AssertionError(f"ledger {arguments[0]}: exit {code}: {said} {complained}")
        return [json.loads(line) for line in said.splitlines()]

    def stop(self):
        return self.process.stop()
