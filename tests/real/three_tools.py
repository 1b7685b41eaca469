"""A small MCP server on the Python SDK, 1.x or 2.x, whichever is installed: what stands behind the
gate. Tools: add -> structured result, echo -> text, slow -> progress notifications in a stream.

usage: three_tools.py PORT"""
import sys

port = int(sys.argv[1])
try:  # 2.x speaks 2026-07-28 and the revisions before it
    from mcp.server.mcpserver import Context, MCPServer
    server = MCPServer("three-tools")
    address = {"host": "127.0.0.1", "port": port}
except ImportError:  # 1.x ends with 2025-11-25
    from mcp.server.fastmcp import Context, FastMCP
    server = FastMCP("three-tools", host="127.0.0.1", port=port)
    address = {}


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


server.run("streamable-http", **address)
