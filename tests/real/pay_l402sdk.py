"""A caller on l402sdk, which pays through a node's REST. Reads {"url", "rounds", "body",
"node"} from standard input, prints of each round what came and how often it has paid by then."""
import json
import sys

from l402 import Budget, L402Client

task = json.load(sys.stdin)
client = L402Client.with_lnd_rest(task["node"], "00", budget=Budget(total_max=10000))
told, paid = [], 0
for _ in range(task["rounds"]):
    answer = client.post(task["url"], task["body"])
    paid += 1 if answer.paid else 0
    text = answer.text() if callable(answer.text) else answer.text
    told.append({"status": answer.status, "body": text, "paid": paid})
print(json.dumps(told))
