"""Check that every script in the given workflows and actions is valid bash."""

import re
import subprocess
import sys

import yaml


def scripts(node):
    """Yield each `run:` of a YAML document; an expression in it is a word."""
    if isinstance(node, dict):
        if isinstance(node.get("run"), str):
            yield re.sub(r"\$\{\{.*?\}\}", "expression", node["run"])
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from scripts(child)


code = 0
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        document = yaml.safe_load(file)
    for script in scripts(document):
        print(f"{path}: {script.splitlines()[0]}", flush=True)
        code |= subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode
raise SystemExit(code)
