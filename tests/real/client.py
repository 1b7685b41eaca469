"""A caller on the Python SDK, 1.x or 2.x, whichever is installed. Reads from standard input the
connections to make and the steps of each, and prints as one JSON line what a program that uses the
SDK gets to see: of each step {"kind": "result"}, {"kind": "error"} as the SDK raised it, or
{"kind": "died"} where the connection ended under it.

input: [{"url", "mode": auto | legacy, "headers": {}, "steps": [{"do": list | ping | call, ...}],
"answers": whether its user answers questions, with {"sure": true}}]"""
import asyncio
import json
import sys

PATIENCE = 60  # seconds for one connection; an SDK that hangs is named, not waited for


def leaves(error):
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in leaves(inner)]
    return [error]


def raised(error):
    shown = {"kind": "error", "type": type(error).__name__, "message": str(error)[:2000]}
    inner = getattr(error, "error", None)
    if inner is not None:
        shown |= {"code": inner.code, "data": inner.data}
    return shown


async def step_of(session, step):
    if step["do"] == "ping":
        await session.send_ping()
        return {"kind": "result"}
    if step["do"] == "list":
        listed = await session.list_tools()
        return {"kind": "result", "tools": [tool.name for tool in listed.tools]}
    progress = []

    async def on_progress(done, total, message):
        progress.append([done, total])

    result = await session.call_tool(step["tool"], step["arguments"], progress_callback=on_progress)
    plain = result.model_dump(by_alias=True, mode="json", exclude_none=True)
    return {"kind": "result", "is_error": plain.get("isError", False), "progress": progress,
            "text": "".join(part.get("text", "") for part in plain["content"]),
            "structured": plain.get("structuredContent"), "meta": plain.get("_meta") or {}}


async def walk(session, connection, told):
    for step in connection["steps"]:
        told["steps"].append({"kind": "died"})
        try:
            told["steps"][-1] = await step_of(session, step)
        except Exception as error:
            told["steps"][-1] = raised(error)


def watching(http, told):
    """Notes the sessions and how they were ended; nothing is changed."""
    async def on_response(response):
        if session := response.headers.get("mcp-session-id"):
            told["session"] = session
        if response.request.method == "DELETE":
            told["ended"] = response.status_code

    http.event_hooks["response"].append(on_response)
    return http


def answering(connection, told, types):
    async def on_question(_, asked):
        told["asked"] = told.get("asked", []) + [asked.message]
        return types.ElicitResult(action="accept", content={"sure": True})

    return {"elicitation_callback": on_question} if connection.get("answers") else {}


async def connect_1(connection, told):
    from mcp import ClientSession, types
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client
    async with watching(create_mcp_http_client(headers=connection["headers"]), told) as http:
        async with streamable_http_client(connection["url"], http_client=http) as streams:
            user = answering(connection, told, types)
            async with ClientSession(streams[0], streams[1], **user) as session:
                told["revision"] = str((await session.initialize()).protocolVersion)
                await walk(session, connection, told)


async def connect_2(connection, told):
    import mcp_types
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client
    async with watching(create_mcp_http_client(headers=connection["headers"]), told) as http:
        transport = streamable_http_client(connection["url"], http_client=http)
        user = answering(connection, told, mcp_types)
        async with Client(transport, mode=connection["mode"], **user) as client:
            told["revision"] = str(client.protocol_version)
            await walk(client, connection, told)


async def main():
    try:
        import mcp_types  # noqa: F401  only 2.x has it
        connect = connect_2
    except ImportError:
        connect = connect_1
    everything = []
    for connection in json.load(sys.stdin):
        told = {"steps": []}
        everything.append(told)
        try:
            await asyncio.wait_for(connect(connection, told), PATIENCE)
        except BaseException as error:
            told["broken"] = [f"{type(leaf).__name__}: {leaf}"[:300] for leaf in leaves(error)]
    print(json.dumps(everything))


asyncio.run(main())
