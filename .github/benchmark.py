"""Time the cold command against what one would use instead, over http and https.

    python3 .github/benchmark.py [--rounds N]

Each round runs every competitor once, in random order, against one loopback API, so that a noisy machine is
equally noisy for all of them. The medians of the time and of the largest memory of a run are printed; on
Linux, the memory is never less than that of this script. "First run" is a copy of the file without cached
bytecode, as a workflow runs it. A competitor that is not installed is skipped; the official SDK is looked
for in this Python.
"""

import argparse
import collections
import contextlib
import http.server
import importlib.util
import json
import os
import platform
import random
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
US = "claude_model"

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

Run = collections.namedtuple("Run", "seconds bytes")


class Handler(http.server.BaseHTTPRequestHandler):
    connections = requests = 0
    body = json.dumps(
        {
            "type": "model",
            "id": "claude-opus-5",
            "display_name": "Claude Opus 5",
            "created_at": "2026-07-24T00:00:00Z",
            "line": "opus",
            "lifecycle": "active",
        }
    ).encode()

    def setup(self):
        super().setup()
        Handler.connections += 1

    def do_GET(self):
        Handler.requests += 1
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def server(certificate=None):
    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    yield f"http{'s' if certificate else ''}://127.0.0.1:{listener.server_port}"
    listener.shutdown()
    listener.server_close()


def make_certificate(folder):
    path = str(Path(folder, "certificate.pem"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{path}.key", "-out", path],
        check=True,
        capture_output=True,
    )  # fmt: skip
    with open(path, "a", encoding="ascii") as file, open(f"{path}.key", encoding="ascii") as key:
        file.write(key.read())
    return path


def competitors(folder):
    script = Path(folder, "script.py")
    script.write_text(URLLIB, "utf-8")
    commands = {US: [sys.executable, "-m", "claude_model", "claude-opus-5"]}
    commands["urllib script"] = [sys.executable, str(script)]
    first_run = Path(folder, "first run")
    first_run.mkdir()
    shutil.copy(ROOT / "claude_model.py", first_run)
    commands["claude_model, first run"] = [
        sys.executable,
        "-B",
        str(first_run / "claude_model.py"),
        "claude-opus-5",
    ]
    if shutil.which("curl") and shutil.which("jq"):
        commands["curl and jq"] = ["sh", "-c", CURL]
    if importlib.util.find_spec("anthropic"):
        commands["official SDK"] = [sys.executable, "-c", SDK]
    return commands


def run(command, env):
    start, before = time.perf_counter(), (Handler.connections, Handler.requests)
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = status
    asked = (Handler.connections - before[0], Handler.requests - before[1])
    if (printed, status, asked) != ("claude-opus-5\n", 0, (1, 1)):
        raise SystemExit(f"{command} printed {printed!r}, after (connections, requests) of {asked}")
    return Run(seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def measure(commands, rounds, base_url, certificate):
    """Return the median of each competitor's runs; a first round warms up."""
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # So that a module is compiled only once.
    env.update(ANTHROPIC_BASE_URL=base_url, ANTHROPIC_API_KEY="sk-ant-benchmark")
    if certificate:
        env.update(SSL_CERT_FILE=certificate, CURL_CA_BUNDLE=certificate)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    # Whoever follows the SDK finds cold caches: let that be any.
    shuffle = random.Random(rounds).shuffle
    for _ in range(rounds + 1):
        turn = list(commands)
        shuffle(turn)
        for name in turn:
            runs[name].append(run(commands[name], env))
    return {name: Run(*map(statistics.median, zip(*times[1:]))) for name, times in runs.items()}


def table(results):
    """Yield the lines of a Markdown table; in parentheses, claude_model's time divided by the tool's."""
    yield f"| | {' | '.join(results)} | memory, at most |"
    yield "|---" * (len(results) + 2) + "|"
    for name in next(iter(results.values())):
        cells = []
        for medians in results.values():
            ratio = medians[US].seconds / medians[name].seconds
            cells.append(
                f"{medians[name].seconds * 1000:.0f} ms" + (f" ({ratio:.3g})" if name != US else "")
            )
        memory = max(medians[name].bytes for medians in results.values())
        yield f"| {name} | {' | '.join(cells)} | {memory / 2**20:.0f} MiB |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        commands = competitors(folder)
        certificates = [None, make_certificate(folder)] if shutil.which("openssl") else [None]
        for certificate in certificates:
            with server(certificate) as base_url:
                medians = measure(commands, options.rounds, base_url, certificate)
                results["https" if certificate else "http"] = medians
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, {options.rounds} rounds\n"
    )
    print("\n".join(table(results)))


if __name__ == "__main__":
    main()
