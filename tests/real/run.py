"""The real peers, one after the other, around a gate; scripts/real installs them and calls this.

usage: run.py --gate PROGRAM --peers FOLDER [--lnd FOLDER] [FILTER]"""
import argparse
import contextlib
import sys
import tempfile

import fault_cases
import lnd_cases
import mcp_cases
import pay_cases
import processes
import question_cases
from cases import Cases
from peers import Peers


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--gate", required=True)
    options.add_argument("--peers", required=True)
    options.add_argument("--lnd", help="run against the btcd and lnd in this folder, nothing else")
    options.add_argument("filter", nargs="?", default="")
    asked = options.parse_args()
    processes.end_on_signals()
    cases = Cases(asked.filter)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tollhouse-real-"))

        def keep(process):
            stack.callback(process.stop)
            return process

        parts = (mcp_cases, fault_cases, question_cases, pay_cases)
        more = ()
        if asked.lnd:
            parts, more = (lnd_cases,), (asked.lnd,)
        for part in parts:
            try:
                part.run(cases, asked.gate, Peers(asked.peers), *more, folder, keep)
            except Exception as error:
                cases.fail(part.__name__, f"{type(error).__name__}: {error}")
    return cases.summary()


if __name__ == "__main__":
    sys.exit(main())
