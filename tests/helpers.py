"""What the tests share: catalogues, a Models API on a loopback port, git, and stand-ins for tools."""

import contextlib
import json
import os
import re
import shutil
import socketserver
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rows import HAIKU_45, OPUS_5, OPUS_48, SONNET_4, SONNET_5, SONNET_45, in_days

import claude_model

ROOT = Path(__file__).resolve().parent.parent
KEY = "sk-ant-api03-an-example-of-a-key"
LIST = "/v1/models?limit=1000"
RETIRED_LIST = "/v1/models?limit=1000&lifecycle%5B%5D=retired"


def messages(caught):
    """Return the texts of recorded warnings."""
    return [str(warning.message) for warning in caught]


@contextlib.contextmanager
def catalogue_of(monkeypatch, *rows, days=0):
    """Give the module a catalogue of these rows, so many days old."""
    found = tuple(map(claude_model._parse_model, rows))
    with monkeypatch.context() as patch:
        patch.setattr(claude_model, "CATALOGUE", found)
        patch.setattr(claude_model, "CATALOGUE_DATE", in_days(-days)[:10])
        yield


def copy_with_catalogue(folder, *rows):
    """Copy the module and the action into a folder, with a catalogue of these rows, dated today."""
    for name in ("action.yml", "entrypoint.py", "claude_model.py"):
        shutil.copy(ROOT / name, folder)
    lines = [f"    {tuple(row.get(name) for name in claude_model._COLUMNS)!r},\n" for row in rows]
    source = (folder / "claude_model.py").read_text("utf-8")
    source = re.sub('(?m)^CATALOGUE_DATE = ".+"$', f'CATALOGUE_DATE = "{in_days(0)[:10]}"', source)
    source = re.sub(r"(?m)^    \(\"claude-.+\n", "", source)
    source = re.sub(r"(?m)^(_ROWS: .+\n)", lambda found: found[1] + "".join(lines), source)
    (folder / "claude_model.py").write_bytes(source.encode())


def git(folder, *argv):
    """Run git in a folder; return what it prints."""
    argv = ["git", "-c", "user.name=t", "-c", "user.email=t@t.test", *argv]
    return subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True).stdout


def tool(folder, name, script):
    """Write a stand-in for a command into `tools` of a folder; return a PATH that begins there."""
    path = folder / "tools" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!{shutil.which('bash')}\n{script}\n", "utf-8")
    path.chmod(0o755)
    return f"{path.parent}{os.pathsep}{os.environ['PATH']}"


class API:
    """A Models API. Queued answers come first, each once; then the models answer."""

    def __init__(self):
        self.models = [OPUS_5, SONNET_5, OPUS_48, HAIKU_45, SONNET_45]
        self.retired = [SONNET_4]
        self.aliases = {"claude-haiku-4-5": HAIKU_45["id"]}
        self.serves_retired = False  # The newer behavior: a retired model is a 200.
        self.page_size = 1000
        self.queue = []
        self.requests = []  # (method, path, headers)
        self.bodies = []
        self.url = ""

    @property
    def host(self):
        return urlsplit(self.url).netloc

    @property
    def paths(self):
        return [path for _, path, _ in self.requests]

    def answer(self, status, body=b"", times=1, **headers):
        """Queue an answer, with headers such as retry_after_ms="1"."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.queue += [(status, body, headers)] * times

    def respond(self, path):
        if self.queue:
            return self.queue.pop(0)
        url = urlsplit(path)
        if url.path == "/v1/models":
            return 200, json.dumps(self.page(parse_qs(url.query))).encode(), {}
        model_id = unquote(url.path[len("/v1/models/") :])
        known = self.models + (self.retired if self.serves_retired else [])
        for model in known:
            if model["id"] == self.aliases.get(model_id, model_id):
                return 200, json.dumps(model).encode(), {}
        error = {"type": "not_found_error", "message": f"model: {model_id}"}
        return 404, json.dumps({"type": "error", "error": error}).encode(), {}

    def page(self, query):
        rows = self.retired if query.get("lifecycle[]") == ["retired"] else self.models
        ids = [model["id"] for model in rows]
        start = ids.index(query["after_id"][0]) + 1 if "after_id" in query else 0
        data = rows[start : start + self.page_size]
        has_more = start + self.page_size < len(rows)
        return {"data": data, "has_more": has_more, "last_id": data[-1]["id"] if data else None}


class Listener(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)  # Without looking up a name for the address.

    def handle_error(self, *_):
        """A client that is out of time hangs up."""


@contextlib.contextmanager
def serving(api):
    """Let an API answer on a loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            api.bodies.append(self.rfile.read(int(self.headers["content-length"] or 0)))
            api.requests.append((self.command, self.path, self.headers))
            status, body, headers = api.respond(self.path)
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    listener = Listener(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{listener.server_address[1]}"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.001})
    thread.start()
    yield api
    listener.shutdown()
    listener.server_close()
    thread.join()
