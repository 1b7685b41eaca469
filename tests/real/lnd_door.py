"""As much of LND's REST as a payer needs, in front of the paying LNbits wallet: l402sdk pays through
a node, not through LNbits."""
import http.server
import json
import threading


class Door:
    def __init__(self, lnbits):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                try:
                    paid = lnbits.pay(asked["payment_request"])
                except RuntimeError as error:
                    return self.say({"result": {"status": "FAILED", "failure_reason": str(error)}})
                sats = str(-paid["amount"] // 1000)
                return self.say({"result": {
                    "status": "SUCCEEDED", "failure_reason": "FAILURE_REASON_NONE",
                    "payment_hash": paid["payment_hash"], "payment_preimage": paid["preimage"],
                    "value_sat": sats, "value_msat": str(-paid["amount"]), "fee_sat": "0",
                    "fee_msat": "0", "payment_request": asked["payment_request"], "htlcs": []}})

            def say(self, answer):
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
