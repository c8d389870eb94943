"""Time the cold command against what one would use instead: `python3 tests/benchmark.py [ROUNDS]`.

Each round runs every competitor once, in turn, against one loopback API, so that a noisy machine is
noisy for all of them alike. Printed are medians, and their ratios to the command's. A competitor that
is not installed is skipped; the official SDK is looked for in this Python.
"""

import http.server
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

URLLIB = """
import json, os, urllib.request
request = urllib.request.Request(
    os.environ["ANTHROPIC_BASE_URL"] + "/v1/models/claude-opus-5",
    headers={"x-api-key": os.environ["ANTHROPIC_API_KEY"], "anthropic-version": "2023-06-01"},
)
with urllib.request.urlopen(request, timeout=30) as answer:
    print(json.load(answer)["id"])
"""
SDK = 'import anthropic; print(anthropic.Anthropic().models.retrieve("claude-opus-5").id)'
CURL = (
    'curl -sS -H "x-api-key: $ANTHROPIC_API_KEY" -H "anthropic-version: 2023-06-01"'
    ' "$ANTHROPIC_BASE_URL/v1/models/claude-opus-5" | jq -r .id'
)


class Handler(http.server.BaseHTTPRequestHandler):
    requests = 0
    body = json.dumps(
        {"type": "model", "id": "claude-opus-5", "display_name": "Claude Opus 5", "created_at": ""}
    )

    def do_GET(self):
        type(self).requests += 1
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body.encode())

    def log_message(self, *_):
        pass


def competitors(folder):
    script = Path(folder, "script.py")
    script.write_text(URLLIB, "utf-8")
    yield "claude_model", [sys.executable, "-m", "claude_model", "claude-opus-5"]
    yield "urllib script", [sys.executable, str(script)]
    if shutil.which("curl") and shutil.which("jq"):
        yield "curl | jq", ["sh", "-c", CURL]
    if importlib.util.find_spec("anthropic"):
        yield "official SDK", [sys.executable, "-c", SDK]


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # So that a module is compiled once, as it is for a user.
    env.update(
        ANTHROPIC_BASE_URL=f"http://127.0.0.1:{server.server_port}", ANTHROPIC_API_KEY="sk-ant-benchmark"
    )
    with tempfile.TemporaryDirectory() as folder:
        commands = dict(competitors(folder))
        seconds = {name: [] for name in commands}
        for _ in range(rounds + 1):
            for name, command in commands.items():
                start, asked = time.perf_counter(), Handler.requests
                done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
                seconds[name].append(time.perf_counter() - start)
                if (done.stdout, Handler.requests - asked) != ("claude-opus-5\n", 1):
                    raise SystemExit(
                        f"{name} printed {done.stdout!r} after {Handler.requests - asked} requests"
                    )
    medians = {
        name: statistics.median(times[1:]) for name, times in seconds.items()
    }  # The first one warms up.
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"Python {version}, {rounds} rounds, one request each")
    for name, median in medians.items():
        ratio = medians["claude_model"] / median
        print(f"{name:14} {median * 1000:7.1f} ms   claude_model takes {ratio:.3f} of it")


if __name__ == "__main__":
    main()
