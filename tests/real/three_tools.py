"""A small MCP server on the Python SDK, 1.x or 2.x, whichever is installed: what stands behind the
gate. Tools: add -> structured result, echo -> text, slow -> progress notifications in a stream; on
2.x also book, which asks the user first, in the way of the caller's revision.

usage: three_tools.py PORT [stateless]: with the word it takes a call without a session"""
import sys

port, stateless = int(sys.argv[1]), sys.argv[2:] == ["stateless"]
try:  # 2.x speaks 2026-07-28 and the revisions before it
    from mcp.server.mcpserver import Context, MCPServer
    server = MCPServer("three-tools")
    more = {"host": "127.0.0.1", "port": port, "stateless_http": stateless}
except ImportError:  # 1.x ends with 2025-11-25
    from mcp.server.fastmcp import Context, FastMCP
    server = FastMCP("three-tools", host="127.0.0.1", port=port, stateless_http=stateless)
    more = {}


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two integers."""
    return a + b


@server.tool()
def echo(message: str) -> str:
    """Gives the message back."""
    return "Echo: " + message


@server.tool()
async def slow(steps: int, ctx: Context) -> str:
    """Reports each step, then ends."""
    for step in range(steps):
        await ctx.report_progress(step + 1, steps)
    return "done"


if "stateless_http" in more:
    from typing import Annotated

    from mcp.server.mcpserver import Elicit, Resolve
    from pydantic import BaseModel

    class Answer(BaseModel):
        sure: bool

    async def ask(what: str) -> Elicit[Answer]:
        return Elicit(f"Book {what}?", Answer)

    @server.tool()
    async def book(what: str, answer: Annotated[Answer, Resolve(ask)]) -> str:
        """Asks whether the user is sure."""
        return f"booked {what}: {answer.sure}"


server.run("streamable-http", **more)
