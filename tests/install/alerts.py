#!/usr/bin/env python3
"""The alert rules with promtool: well formed, on metrics that the gate has, each fires on its fault
and none without one."""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES = os.path.join(ROOT, "packaging/prometheus/tollhouse.rules.yml")


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def promtool(*arguments):
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"alerts: promtool {arguments[0]} {arguments[1]}:\n{done.stdout}{done.stderr}")


def main():
    rules = text_of(RULES)
    documented = set(re.findall(r"^\| `(tollhouse_\w+)`", text_of("docs/metrics.md"), re.MULTILINE))
    named = {re.sub(r"_bucket$", "", name) for name in re.findall(r"\btollhouse_\w+", rules)}
    unknown = named - documented
    if unknown or not named:
        sys.exit(f"alerts: rules on metrics that docs/metrics.md does not have: {sorted(unknown)}")
    promtool("check", "rules", RULES)
    tests = text_of("tests/install/alerts_test.yml")
    tests = tests.replace("RULES", RULES).replace("ALERT_COUNT", str(rules.count("- alert: ")))
    with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
        file.write(tests)
        file.flush()
        promtool("test", "rules", file.name)
    print(f"alerts: {rules.count('- alert: ')} rules: ok")


if __name__ == "__main__":
    main()
