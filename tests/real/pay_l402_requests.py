"""A caller on l402-requests whose wallet is at LNbits. Reads {"url", "rounds", "body", "wallet"}
from standard input, prints of each round what came and how often it has paid by then."""
import json

from l402_requests import BudgetController, L402Client, WalletBase

from payer import Wallet, task


class LnbitsWallet(WalletBase):
    lnbits = Wallet()

    async def pay_invoice(self, bolt11):
        return self.lnbits.pay(bolt11)


wallet = LnbitsWallet()
client = L402Client(wallet=wallet, budget=BudgetController(max_sats_per_request=500))
told = []
for _ in range(task["rounds"]):
    answer = client.post(task["url"], content=task["body"],
                         headers={"Content-Type": "application/json"})
    told.append({"status": answer.status_code, "body": answer.text, "paid": wallet.lnbits.paid})
print(json.dumps(told))
