"""Servers that mean harm, or are broken: each call ends in time, in one error, without a traceback."""

import contextlib
import itertools
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest
from conftest import KEY, ROOT

from claude_model import APIError, Client, main

TIMEOUT = 1.0
OK = b"HTTP/1.1 200 OK\r\n"
MODEL = b'{"id": "claude-opus-5"}'


class Listener:
    """A loopback socket that hands each connection to `behave` after the request's head came in."""

    def __init__(self, behave, context=None):
        self.behave = behave
        self.context = context
        self.connections = 0
        self.heads = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.over = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError), connection:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    return
                head += piece
            self.heads.append(head)
            for piece in self.behave(connection):
                if self.over.is_set():
                    return
                connection.sendall(piece)
            with contextlib.suppress(OSError):  # A reset would take the answer with it.
                connection.shutdown(socket.SHUT_WR)
            connection.close()

    def close(self):
        self.over.set()
        self.listener.close()


@pytest.fixture
def listen():
    listeners = []

    def start(behave, context=None):
        listeners.append(Listener(behave, context))
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.close()


def slowly(data, pause=0.2):
    for byte in data:
        yield bytes([byte])
        time.sleep(pause)


def silence(connection):
    time.sleep(20)
    yield b""


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    yield b""


def always(head, *pieces):
    return lambda connection: itertools.chain([head], itertools.cycle(pieces))


def drip(head, tail):
    return lambda connection: itertools.chain([head], slowly(tail))


def send(*pieces):
    return lambda connection: pieces


def length(number, body=MODEL):
    return send(OK + b"content-length: " + str(number).encode() + b"\r\n\r\n" + body)


def body(content):
    return length(len(content), content)


CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
HOSTILE = {
    "silence": silence,
    "closes at once": send(),
    "reset": reset,
    "drips the status line": drip(b"", OK * 9),
    "drips the headers": drip(OK, b"x-header: y\r\n" * 9),
    "drips the body": drip(OK + b"content-length: 99\r\n\r\n", b" " * 99),
    "drips the body to its end": drip(OK + b"\r\n", b" " * 99),
    "drips the chunks": drip(CHUNKED, b"1\r\n \r\n" * 20),
    "drips the error's body": drip(b"HTTP/1.1 400 Bad\r\ncontent-length: 99\r\n\r\n", b" " * 99),
    "endless body": always(OK + b"\r\n", b" " * 65536),
    "endless body of an error": always(b"HTTP/1.1 500 Bad\r\nx-should-retry: false\r\n\r\n", b" " * 65536),
    "endless chunks": always(CHUNKED, b"400\r\n" + b" " * 1024 + b"\r\n"),
    "endless chunk size": always(CHUNKED, b"0" * 65536),
    "endless trailers": always(CHUNKED + b"0\r\n", b"x: y\r\n" * 1000),
    "endless headers": always(OK, b"x: y\r\n" * 1000),
    "endless header": always(OK + b"x: ", b"y" * 65536),
    "endless status line": always(b"HTTP/1.1 200 ", b"y" * 65536),
    "endless 100 Continue": always(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "length too long": length(99),
    "length absurd": length(10**30),
    "length too short": length(5),
    "length negative, no body": length(-1, b""),
    "length of letters, no body": length("x", b""),
    "chunk broken off": send(CHUNKED + b"ff\r\n" + MODEL),
    "chunk size of letters": send(CHUNKED + b"xyz\r\n" + MODEL),
    "chunk size negative": send(CHUNKED + b"-5\r\n" + MODEL),
    "not HTTP": send(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "status of letters": send(b"HTTP/1.1 abc OK\r\n\r\n"),
    "status of 9999": send(b"HTTP/1.1 9999 OK\r\n\r\n"),
    "status of 99": send(b"HTTP/1.1 99 OK\r\n\r\n"),
    "status of 101": send(b"HTTP/1.1 101 Switching\r\n\r\n"),
    "status of 999": send(b"HTTP/1.1 999 No\r\n\r\n"),
    "HTTP/0.9": send(MODEL),
    "gzip unasked": send(OK + b"content-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08"),
    "header without a colon": send(OK + b"nonsense\r\n\r\n"),
    "integer of 5,000 digits": body(b'{"id": "a", "max_tokens": -' + b"9" * 5000 + b"}"),
    "NUL": body(b"\x00" * 100),
    "nested 100,000 deep": body(b'{"a":' * 100_000),
    "8 MiB of lists": body(b"[" + b"[]," * (2**23 // 3 - 1) + b"[]]"),
    "8 MiB of models": body(b"[" + b'{"id":"a"},' * (2**23 // 11 - 1) + b"{}]"),
}


@pytest.mark.parametrize("behave", HOSTILE.values(), ids=HOSTILE)
def test_hostile_server_ends_in_time_in_one_clean_error(listen, monkeypatch, capsys, behave):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{listen(behave).port}")
    start = time.monotonic()
    code = main(["--timeout", str(TIMEOUT), "claude-opus-5"])
    assert time.monotonic() - start < TIMEOUT + 1
    out, err = capsys.readouterr()
    assert (code, out) == (3, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert len(err) < 900
    assert KEY not in err


def test_answer_that_is_not_http_is_asked_for_again_and_named(listen):
    listener = listen(send(b"SSH-2.0-OpenSSH_9.6\r\n"))
    with pytest.raises(APIError) as caught:
        Client(api_key=KEY, base_url=f"http://127.0.0.1:{listener.port}", max_retries=1).get_model("claude-opus-5")
    assert str(caught.value) == (
        f"the answer of 127.0.0.1:{listener.port} is no whole HTTP (BadStatusLine); check the base URL"
    )
    assert listener.connections == 2


def test_hostile_list_ends_in_time(listen, monkeypatch, capsys):
    pages = itertools.count()

    def behave(connection):
        content = b'{"data": [%s{"id": "b"}], "has_more": true, "last_id": "%d"}'
        content %= b'{"id": "claude-opus-5", "display_name": "Claude Opus 5"},' * 4999, next(pages)
        return length(len(content), content)(connection)

    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{listen(behave).port}")
    start = time.monotonic()
    assert main(["--timeout", str(TIMEOUT), "opus"]) == 3
    assert time.monotonic() - start < TIMEOUT + 1
    assert capsys.readouterr().err.count("\n") == 1


def test_list_of_over_5_000_models_is_an_error(server):
    import json

    models = [{"id": f"claude-{number}"} for number in range(5_001)]
    client = Client(api_key=KEY, base_url=server.url)
    server.answer(200, json.dumps({"data": models[1:]}).encode())
    assert len(list(client.list_models())) == 5_000
    server.answer(200, json.dumps({"data": models}).encode())
    with pytest.raises(APIError, match="the API's list has over 100 pages or 5000 models; check the base URL"):
        list(client.list_models())


def test_thread_that_was_left_behind_ends_with_the_next_piece(listen):
    port = listen(drip(OK + b"content-length: 99\r\n\r\n", b" " * 99)).port
    before = set(threading.enumerate())
    with pytest.raises(APIError, match=r"gave no full answer within 0.3 s; try again, or allow more"):
        Client(api_key=KEY, base_url=f"http://127.0.0.1:{port}", timeout=0.3).get_model("claude-opus-5")
    time.sleep(1)
    assert not workers() - before


def workers():
    return {thread for thread in threading.enumerate() if thread.name == "claude_model"}


def test_bug_in_the_worker_surfaces_where_the_caller_is(api, monkeypatch):
    import claude_model

    monkeypatch.setattr(claude_model, "_decoded", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Client().get_model("claude-opus-5")


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("cc"), reason="needs cc and LD_PRELOAD")
def test_hanging_name_look_up_is_bounded_by_the_timeout(tmp_path):
    (tmp_path / "hang.c").write_text(
        "unsigned sleep(unsigned);\nint getaddrinfo(void) { return -(int)sleep(20) - 2; }\n"
    )
    subprocess.run(["cc", "-shared", "-fPIC", "-w", "-o", "hang.so", "hang.c"], cwd=tmp_path, check=True)
    env = {**os.environ, "ANTHROPIC_API_KEY": KEY, "LD_PRELOAD": str(tmp_path / "hang.so")}
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "claude_model.py", "--timeout", "1", "opus"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert time.monotonic() - start < 2 + 1  # Starting the process takes its part.
    message = "error: api.anthropic.com gave no full answer within 1 s; try again, or allow more\n"
    assert (done.returncode, done.stdout, done.stderr) == (3, "", message)


@pytest.mark.parametrize("proxy", ["http:/nonsense:secret", "http://a..b:80", "http://h:port"])
def test_malformed_proxy_is_an_error_that_does_not_show_it(api, monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(APIError) as caught:
        Client().get_model("claude-opus-5")
    assert str(caught.value) == ("could not reach the API: the base URL or a proxy setting is no valid address")


class TestProxy:
    def client(self, monkeypatch, port, base_url="http://api.test", **settings):
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://user:pa%2Fss@127.0.0.1:{port}")
        settings = {"api_key": KEY, "base_url": base_url, "max_retries": 0, "timeout": 2, **settings}
        return Client(**settings)

    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_http_goes_through_the_proxy(self, listen, monkeypatch):
        proxy = listen(length(len(MODEL)))
        assert self.client(monkeypatch, proxy.port).get_model("claude-opus-5").id == "claude-opus-5"
        assert proxy.heads[0].startswith(b"GET http://api.test/v1/models/claude-opus-5 HTTP/1.1\r\n")
        assert b"proxy-authorization: basic dxnlcjpwys9zcw==\r\n" in proxy.heads[0].lower()

    def test_https_goes_through_a_tunnel_and_shows_the_proxy_no_credential(self, listen, monkeypatch):
        proxy = listen(send(b"HTTP/1.1 503 No\r\n\r\n"))
        with pytest.raises(APIError) as caught:
            self.client(monkeypatch, proxy.port, "https://api.test").get_model("claude-opus-5")
        assert str(caught.value) == (
            f"could not reach api.test through the proxy 127.0.0.1:{proxy.port} "
            "(Tunnel connection failed: 503 No); check the network, the base URL and the proxy settings"
        )
        assert proxy.heads[0].startswith(b"CONNECT api.test:443 HTTP/1.")
        assert KEY.encode() not in b"".join(proxy.heads)

    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_407_names_the_proxy_without_its_password(self, listen, monkeypatch):
        proxy = listen(send(b"HTTP/1.1 407 Who\r\ncontent-length: 0\r\n\r\n"))
        with pytest.raises(APIError) as caught:
            self.client(monkeypatch, proxy.port).get_model("claude-opus-5")
        assert str(caught.value) == (
            f"api.test through the proxy 127.0.0.1:{proxy.port} answered 407: an empty body; "
            "the proxy setting needs a user and a password"
        )
        with pytest.raises(APIError, match=r"\(Tunnel connection failed: 407 Who\)") as caught:
            self.client(monkeypatch, proxy.port, "https://api.test").get_model("claude-opus-5")
        assert "user" not in str(caught.value)

    @pytest.mark.parametrize("base_url", ["http://api.test", "https://api.test"])
    @pytest.mark.filterwarnings("ignore::UserWarning")
    def test_hanging_proxy_is_named_without_its_password(self, listen, monkeypatch, base_url):
        proxy = listen(silence)
        start = time.monotonic()
        with pytest.raises(APIError) as caught:
            self.client(monkeypatch, proxy.port, base_url, timeout=0.5).get_model("claude-opus-5")
        assert time.monotonic() - start < 1.5
        assert str(caught.value) == (
            f"api.test through the proxy 127.0.0.1:{proxy.port} gave no full answer within 0.5 s; "
            "try again, or allow more"
        )

    def test_proxy_that_echoes_the_credential_does_not_show_it(self, listen, monkeypatch):
        proxy = listen(send(b"HTTP/1.1 503 " + KEY.encode() + b"\r\n\r\n"))
        with pytest.raises(APIError, match=r"Tunnel connection failed: 503 \[credential\]"):
            self.client(monkeypatch, proxy.port, "https://api.test").get_model("claude-opus-5")

    @pytest.mark.parametrize("no_proxy", ["*", "127.0.0.1", "example.com, 127.0.0.1"])
    def test_no_proxy_is_asked_directly(self, api, monkeypatch, no_proxy):
        monkeypatch.setenv("no_proxy", no_proxy)
        client = self.client(monkeypatch, 1, api.url)
        assert client.get_model("claude-opus-5").id == "claude-opus-5"


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """Return the folder of an authority, and of certificates that it signed (or did not)."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificates")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*argv):
        subprocess.run(["openssl", *argv], cwd=folder, check=True, capture_output=True)

    def certify(name, subject_alt_name, days):
        (folder / "names").write_text(f"subjectAltName={subject_alt_name}\n", "utf-8")
        openssl(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            f"{name}.key",
            "-out",
            "request",
            "-subj",
            "/CN=x",
        )
        openssl("x509", "-req", "-in", "request", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial",
                "-days", days, "-extfile", "names", "-out", f"{name}.pem")  # fmt: skip

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "authority.key", "-out", "authority.pem",
            "-days", "2", "-subj", "/CN=authority", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    certify("good", "IP:127.0.0.1", "1")
    certify("another-name", "DNS:other.test", "1")
    certify("expired", "IP:127.0.0.1", "-1")
    return folder


def serve_tls(listen, certificates, name, maximum=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    context.maximum_version = maximum
    return listen(length(len(MODEL)), context)


def test_https_with_a_trusted_certificate_is_answered(listen, certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    port = serve_tls(listen, certificates, "good").port
    assert Client(api_key=KEY, base_url=f"https://127.0.0.1:{port}").get_model("claude-opus-5").id == "claude-opus-5"


@pytest.mark.parametrize(
    ("name", "is_trusted", "flaw"),
    [
        ("good", False, "unable to get local issuer certificate"),
        ("another-name", True, "IP address mismatch, certificate is not valid for '127.0.0.1'."),
        ("expired", True, "certificate has expired"),
    ],
)
def test_bad_certificate_is_refused_before_the_credential_is_sent(
    listen, certificates, monkeypatch, name, is_trusted, flaw
):
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    listener = serve_tls(listen, certificates, name)
    with pytest.raises(APIError) as caught:
        Client(api_key=KEY, base_url=f"https://127.0.0.1:{listener.port}").get_model("claude-opus-5")
    assert str(caught.value) == (
        f"the certificate of 127.0.0.1:{listener.port} is refused ({flaw}); "
        "if it is right, name the file of its authority in SSL_CERT_FILE"
    )
    assert (listener.connections, listener.heads) == (1, [])


@pytest.mark.filterwarnings("ignore:.*TLSv1_1:DeprecationWarning")
def test_old_protocol_is_refused_before_the_credential_is_sent(listen, certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    listener = serve_tls(listen, certificates, "good", ssl.TLSVersion.TLSv1_1)
    with pytest.raises(APIError, match=r"could not reach 127.0.0.1:\d+ \(.*SSL"):
        Client(api_key=KEY, base_url=f"https://127.0.0.1:{listener.port}", max_retries=0).get_model("claude-opus-5")
    assert listener.heads == []
