"""What the paying programs in Python share: the task on standard input and the wallet at LNbits."""
import json
import sys
import urllib.request

task = json.load(sys.stdin)


class Wallet:
    """`pay` gives the preimage; `paid` counts."""
    paid = 0

    def pay(self, invoice):
        request = urllib.request.Request(
            task["wallet"]["url"] + "/api/v1/payments", method="POST",
            data=json.dumps({"out": True, "bolt11": invoice}).encode(),
            headers={"X-Api-Key": task["wallet"]["key"], "Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            payment = json.load(answer)
        if payment["status"] != "success":
            raise RuntimeError(payment["status"])
        self.paid += 1
        return payment["preimage"]
