"""A caller on the x402 reference client for Python. It knows no Lightning: the two schemes that it
is taught here pay through LNbits. `http` is a plain POST; `mcp` is its MCP part over the MCP SDK that
is installed, 1.x or 2.x, and pays within the messages. NETWORKS and CONTROLS are those of
pay_x402.mjs. Reads {"url", "rounds", "body" | "call", "wallet"} from standard input, prints of each
round what came and how often it has paid by then.

usage: pay_x402.py WAY NETWORKS CONTROLS"""
import asyncio
import json
import sys
import types

from x402 import x402Client
from x402.http.clients.httpx import x402HttpxClient
from x402.mcp import wrap_mcp_client_with_payment

from payer import Wallet, task

way, networks, controls = sys.argv[1:]
wallet = Wallet()


class Lightning:
    scheme = "exact"

    def __init__(self, network):
        self.network = network

    def create_payment_payload(self, requirements, *_, **__):
        invoice = requirements.extra["invoice"]
        preimage = wallet.pay(invoice)
        return {"preimage": preimage} if self.network == "lnbtc" else {"invoice": invoice}


def paying_client():
    client = x402Client()
    for network in networks.split(","):
        client.register(network + ":*", Lightning(network))
    if controls == "off":
        client.set_spend_controls(False)
    if controls == "cap":
        client.set_spend_controls({"allowed_assets": [
            {"network": network + ":*", "asset": "BTC", "max_amount_per_payment": "100000"}
            for network in ("bip122", "lnbtc")]})
    return client


async def by_http():
    told = []
    async with x402HttpxClient(paying_client()) as http:
        for _ in range(task["rounds"]):
            try:
                answer = await http.post(task["url"], content=task["body"], headers={
                    "Content-Type": "application/json",
                    "Accept": "application/json, text/event-stream"})
                told.append({"status": answer.status_code, "body": answer.text, "paid": wallet.paid,
                             "settled": answer.headers.get("payment-response")})
            except Exception as error:
                told.append({"status": "raised", "body": str(error), "paid": wallet.paid})
    return told


class Bridge:
    """The MCP part hands over one object for a call; neither MCP SDK takes it in this form."""

    def __init__(self, session):
        self._session = session

    async def call_tool(self, call, **_):
        result = await self._session.call_tool(call["name"], call["arguments"],
                                               meta=call.get("_meta"))
        plain = result.model_dump(by_alias=True, mode="json")
        return types.SimpleNamespace(
            content=plain["content"], isError=plain["isError"], _meta=plain.get("_meta") or {},
            structuredContent=plain.get("structuredContent"))


async def calls_of(session):
    told = []
    caller = wrap_mcp_client_with_payment(Bridge(session), paying_client(), auto_payment=True)
    for _ in range(task["rounds"]):
        result = await caller.call_tool(task["call"]["name"], task["call"]["arguments"])
        settled = result.payment_response
        told.append({"status": "isError" if result.is_error else 200, "paid": wallet.paid,
                     "body": result.content[0]["text"],
                     "settled": settled and settled.model_dump(by_alias=True, mode="json")})
    return told


async def in_band():
    try:
        from mcp import Client
    except ImportError:
        from mcp import ClientSession
        from mcp.client.streamable_http import streamable_http_client
        async with streamable_http_client(task["url"]) as streams:
            async with ClientSession(streams[0], streams[1]) as session:
                await session.initialize()
                return await calls_of(session)
    async with Client(task["url"]) as session:
        return await calls_of(session)


print(json.dumps(asyncio.run(in_band() if way == "mcp" else by_http())))
