"""A caller on l402-requests whose wallet is at LNbits. Reads {"url", "rounds", "body", "wallet"}
from standard input, prints of each round what came and how often it has paid by then."""
import json
import sys
import urllib.request

from l402_requests import BudgetController, L402Client, WalletBase

task = json.load(sys.stdin)


class LnbitsWallet(WalletBase):
    paid = 0

    async def pay_invoice(self, bolt11):
        request = urllib.request.Request(
            task["wallet"]["url"] + "/api/v1/payments", method="POST",
            data=json.dumps({"out": True, "bolt11": bolt11}).encode(),
            headers={"X-Api-Key": task["wallet"]["key"], "Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            payment = json.load(answer)
        self.paid += 1
        return payment["preimage"]


wallet = LnbitsWallet()
client = L402Client(wallet=wallet, budget=BudgetController(max_sats_per_request=500))
told = []
for _ in range(task["rounds"]):
    answer = client.post(task["url"], content=task["body"],
                         headers={"Content-Type": "application/json"})
    told.append({"status": answer.status_code, "body": answer.text, "paid": wallet.paid})
print(json.dumps(told))
