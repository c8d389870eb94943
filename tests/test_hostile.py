"""Servers that mean harm, or are broken: each call ends in time, in one error, without a traceback."""

import contextlib
import itertools
import json
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

import claude_model
from claude_model import APIError, Client, main

TIMEOUT = 0.2
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
    "nested 988 deep": body(b"[" * 988 + b"]" * 988),
    "2 MiB of lists": body(b"[" + b"[]," * (2**21 // 3 - 1) + b"[]]"),
    "2 MiB of models": body(b"[" + b'{"id":"a"},' * (2**21 // 11 - 1) + b"{}]"),
    "2 MiB of digits": body(b"[" + b"9" * (2**21 - 2) + b"]"),
    "8 MiB of a name": body(b'{"id": "a", "display_name": "' + b"word " * (2**23 // 5) + b'"}'),
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


def test_response_that_is_not_http_is_retried_and_named(listen):
    listener = listen(send(b"SSH-2.0-OpenSSH_9.6\r\n"))
    with pytest.raises(APIError) as caught:
        Client(api_key=KEY, base_url=f"http://127.0.0.1:{listener.port}", max_retries=1).get_model("claude-opus-5")
    assert str(caught.value) == (
        f"127.0.0.1:{listener.port}: invalid or incomplete HTTP response (BadStatusLine); "
        "check the network, base_url and the proxy settings"
    )
    assert listener.connections == 2


def page(rows, **more):
    content = json.dumps({"data": rows, **more}).encode()
    return length(len(content), content)


WORDS = [chr(97 + number % 26) * 2 + str(number) for number in range(60)]
HOSTILE_ROWS = {
    "small": [{"id": f"a{number}"} for number in range(5_000)],
    "words": [{"id": f"a{number}", "display_name": " ".join(WORDS)[:200]} for number in range(5_000)],
    "near": [{"id": f"claude-{number}", "display_name": "ab" * 95 + f" {number}"} for number in range(5_000)],
    "lines": [{"id": f"a{number}", "line": "ba" * 95 + f" {number}"} for number in range(5_000)],
    "dates": [
        {"id": f"opus-{number}-20250101", "created_at": f"20{number % 90 + 10}-01-01T00:00:00Z"} for number in range(5_000)
    ],
    "one line": [{"id": f"opus-{number}"} for number in range(5_000)],
}


@pytest.mark.parametrize("name", ["ab" * 95 + " 9"])
@pytest.mark.parametrize("rows", HOSTILE_ROWS.values(), ids=HOSTILE_ROWS)
def test_search_of_5_000_hostile_models_ends_in_time(listen, monkeypatch, capsys, rows, name):
    listed = page(rows)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{listen(listed).port}")
    start = time.monotonic()
    main(["--timeout", "2", name, "opus"])
    assert time.monotonic() - start < (3 if sys.gettrace() is None else 30)  # Coverage slows it down.
    assert "Traceback" not in capsys.readouterr().err


def test_endless_list_ends_in_time(listen, monkeypatch, capsys):
    pages = itertools.count()
    rows = [{"id": "claude-opus-5", "display_name": "Claude Opus 5"}] * 1_000
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    behave = lambda connection: page(rows, has_more=True, last_id=f"cursor-{next(pages)}")(connection)  # noqa: E731
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{listen(behave).port}")
    start = time.monotonic()
    assert main(["--timeout", str(TIMEOUT), "opus"]) == 3
    assert time.monotonic() - start < TIMEOUT + 1
    assert capsys.readouterr().err.count("\n") == 1


def test_list_of_over_5_000_models_is_an_error(server):
    models = [{"id": f"claude-{number}"} for number in range(5_001)]
    client = Client(api_key=KEY, base_url=server.url)
    server.answer(200, json.dumps({"data": models[1:]}).encode())
    assert len(client.list_models()) == 5_000
    server.answer(200, json.dumps({"data": models}).encode())
    with pytest.raises(APIError, match="over 5000 models or 100 pages; check base_url"):
        client.list_models()


def test_abandoned_thread_ends_with_the_next_piece(listen):
    port = listen(drip(OK + b"content-length: 99\r\n\r\n", b" " * 99)).port
    before = set(threading.enumerate())
    with pytest.raises(APIError, match=r"timed out after 0.3 s; retry, or raise timeout"):
        Client(api_key=KEY, base_url=f"http://127.0.0.1:{port}", timeout=0.3).get_model("claude-opus-5")
    deadline = time.monotonic() + 10
    while workers() - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not workers() - before


def workers():
    return {thread for thread in threading.enumerate() if thread.name == "claude_model"}


def test_bug_in_the_worker_surfaces_where_the_caller_is(api, monkeypatch):
    monkeypatch.setattr(claude_model, "_clean", lambda *_: 1 / 0)
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
    message = "error: api.anthropic.com: timed out after 1 s; retry, or raise --timeout\n"
    assert (done.returncode, done.stdout, done.stderr) == (3, "", message)


def test_address_that_no_name_can_have_is_an_api_error(api):
    with pytest.raises(APIError) as caught:
        Client(api_key=KEY, base_url="https://a..b").get_model("claude-opus-5")
    assert str(caught.value) == "a..b: not a valid address; check the network, base_url and the proxy settings"


def test_no_thread_to_be_had_is_an_api_error(api, monkeypatch):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(APIError, match=r"connection failed \(can't start new thread\)") as caught:
        Client(max_retries=0).get_model("claude-opus-5")
    assert caught.value.status is None


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY"])
@pytest.mark.parametrize(
    "proxy",
    ["https://joe:s3cret@{}", "socks5://joe:s3cret@{}", "socks5h://{}", "ftp://joe:s3cret@{}", "HTTPS://joe:s3cret@{}",
     "http://joe:pa@s3cret/word@{}", "http://joe:s3cret:{}", "joe:s3cret:{}", "http:/joe:s3cret@{}", "http://h:s3cret",
     "http://a b:80", "http://{}/s3cret", "http://joe:s3cret@", "http://joe/s3cret@{}", "://s3cret", "http://joe:{}:s3cret"],
)  # fmt: skip
def test_proxy_that_urllib_would_misuse_is_rejected_and_not_shown(listen, monkeypatch, variable, proxy):
    listener = listen(silence)
    monkeypatch.setenv(variable, proxy.format(f"127.0.0.1:{listener.port}"))
    with pytest.raises(ValueError) as caught:
        Client(api_key=KEY, base_url="http://api.test", timeout=2).get_model("claude-opus-5")
    assert str(caught.value) == (
        "http_proxy: only http://[user:password@]host[:port] is supported"
    )
    assert caught.value.__cause__ is None
    assert (listener.connections, listener.heads) == (0, [])


class TestProxy:
    def client(self, monkeypatch, port, base_url="http://api.test", **settings):
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://user:pa%2Fss@127.0.0.1:{port}")
        settings = {"api_key": KEY, "base_url": base_url, "max_retries": 0, "timeout": 2, **settings}
        return Client(**settings)

    @pytest.mark.filterwarnings("ignore:plain http")
    @pytest.mark.parametrize("scheme", ["http://", "", "HTTP://"])
    @pytest.mark.parametrize("end", ["", "/"])
    def test_http_goes_through_the_proxy(self, listen, monkeypatch, scheme, end):
        proxy = listen(length(len(MODEL)))
        client = self.client(monkeypatch, proxy.port)
        monkeypatch.setenv("http_proxy", f"{scheme}user:pa%2Fss@127.0.0.1:{proxy.port}{end}")
        assert client.get_model("claude-opus-5").id == "claude-opus-5"
        assert proxy.heads[0].startswith(b"GET http://api.test/v1/models/claude-opus-5 HTTP/1.1\r\n")
        assert b"proxy-authorization: basic dxnlcjpwys9zcw==\r\n" in proxy.heads[0].lower()

    @pytest.mark.parametrize("answer", [b"403 Forbidden", b"407 Proxy Authentication Required", b"502 Bad", b"503 No"])
    def test_refused_tunnel_is_asked_for_once_and_shows_the_proxy_no_credential(self, listen, monkeypatch, answer):
        proxy = listen(send(b"HTTP/1.1 " + answer + b"\r\n\r\n"))
        with pytest.raises(APIError) as caught:
            self.client(monkeypatch, proxy.port, "https://api.test", max_retries=2).get_model("claude-opus-5")
        advice = "set its user and password" if answer.startswith(b"407") else "ask its administrator"
        assert str(caught.value) == (
            f"api.test via proxy 127.0.0.1:{proxy.port}: the proxy refused to connect ({answer.decode()}); {advice}"
        )
        assert caught.value.status is None
        assert proxy.heads[0].startswith(b"CONNECT api.test:443 HTTP/1.")
        assert KEY.encode() not in b"".join(proxy.heads)
        assert proxy.connections == 1

    def test_refused_tunnel_is_covered_by_the_fallback(self, listen, monkeypatch, capsys):
        proxy = listen(send(b"HTTP/1.1 407 Who\r\n\r\n"))
        self.client(monkeypatch, proxy.port)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        assert main(["--fallback", "claude-x", "opus"]) == 0
        assert capsys.readouterr().out == "claude-x\n"

    def test_tunnel_without_a_working_server_is_a_connection_error(self, listen, monkeypatch):
        proxy = listen(send(b"HTTP/1.1 200 OK\r\n\r\n"))
        with pytest.raises(APIError, match=r"^api.test via proxy 127.0.0.1:\d+: connection failed \("):
            self.client(monkeypatch, proxy.port, "https://api.test").get_model("claude-opus-5")

    @pytest.mark.filterwarnings("ignore:plain http")
    def test_407_names_the_proxy_without_its_password(self, listen, monkeypatch):
        proxy = listen(send(b"HTTP/1.1 407 Who\r\ncontent-length: 0\r\n\r\n"))
        with pytest.raises(APIError) as caught:
            self.client(monkeypatch, proxy.port, max_retries=2).get_model("claude-opus-5")
        assert str(caught.value) == (
            f"api.test via proxy 127.0.0.1:{proxy.port}: 407: empty body; set the user and password of the proxy"
        )
        assert proxy.connections == 1

    @pytest.mark.parametrize("base_url", ["http://api.test", "https://api.test"])
    @pytest.mark.filterwarnings("ignore:plain http")
    def test_hanging_proxy_is_named_without_its_password(self, listen, monkeypatch, base_url):
        proxy = listen(silence)
        start = time.monotonic()
        with pytest.raises(APIError) as caught:
            self.client(monkeypatch, proxy.port, base_url, timeout=0.2).get_model("claude-opus-5")
        assert time.monotonic() - start < 1.5
        assert str(caught.value) == (
            f"api.test via proxy 127.0.0.1:{proxy.port}: timed out after 0.2 s; retry, or raise timeout"
        )

    def test_proxy_that_echoes_the_credential_does_not_show_it(self, listen, monkeypatch):
        proxy = listen(send(b"HTTP/1.1 503 " + KEY.encode() + b"\r\n\r\n"))
        with pytest.raises(APIError, match=r"the proxy refused to connect \(503 \[credential\]\)"):
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

    def certify(name, subject_alt_name, days, authority="authority"):
        (folder / "names").write_text(f"subjectAltName={subject_alt_name}\n", "utf-8")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", "request", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", "request", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                "-CAcreateserial", "-days", days, "-extfile", "names", "-out", f"{name}.pem")  # fmt: skip

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "authority.key", "-out", "authority.pem",
            "-days", "2", "-subj", "/CN=authority", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    certify("good", "IP:127.0.0.1", "1")
    certify("another-name", "DNS:other.test", "1")
    certify("expired", "IP:127.0.0.1", "-1")
    certify("signed-by-no-authority", "IP:127.0.0.1", "1", authority="good")
    with open(folder / "signed-by-no-authority.pem", "a", encoding="ascii") as chain:
        chain.write((folder / "good.pem").read_text("ascii"))
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


UNKNOWN = "unable to get local issuer certificate"


@pytest.mark.parametrize(
    ("name", "bundle", "flaw", "advice"),
    [
        ("good", None, UNKNOWN, "if you trust this server, set SSL_CERT_FILE to its CA bundle"),
        ("good", "missing.pem", UNKNOWN, "SSL_CERT_FILE is {bundle!r}, which is not a readable file"),
        ("good", ".", UNKNOWN, "SSL_CERT_FILE is {bundle!r}, which is not a readable file"),
        ("good", "expired.pem", UNKNOWN, "if you trust this server, set SSL_CERT_FILE to its CA bundle"),
        (
            "another-name",
            "authority.pem",
            "IP address mismatch, certificate is not valid for '127.0.0.1'.",
            "check the host name in the base URL",
        ),
        ("expired", "authority.pem", "certificate has expired", "check the clock of this machine"),
        (
            "signed-by-no-authority",
            "authority.pem",
            "invalid CA certificate",
            "ask whoever runs this server for a valid certificate",
        ),
    ],
)
def test_bad_certificate_is_refused_before_the_credential_is_sent_and_names_its_remedy(
    listen, certificates, monkeypatch, name, bundle, flaw, advice
):
    path = str(certificates / bundle) if bundle else None
    if path:
        monkeypatch.setenv("SSL_CERT_FILE", path)
    else:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    listener = serve_tls(listen, certificates, name)
    with pytest.raises(APIError) as caught:
        Client(api_key=KEY, base_url=f"https://127.0.0.1:{listener.port}").get_model("claude-opus-5")
    assert str(caught.value) == (
        f"127.0.0.1:{listener.port}: certificate verification failed ({flaw}); {advice.format(bundle=path)}"
    )
    assert (listener.connections, listener.heads) == (1, [])


@pytest.mark.filterwarnings("ignore:.*TLSv1_1:DeprecationWarning")
def test_old_protocol_is_refused_before_the_credential_is_sent(listen, certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    listener = serve_tls(listen, certificates, "good", ssl.TLSVersion.TLSv1_1)
    with pytest.raises(APIError, match=r"127.0.0.1:\d+: connection failed \(.*SSL"):
        Client(api_key=KEY, base_url=f"https://127.0.0.1:{listener.port}", max_retries=0).get_model("claude-opus-5")
    assert listener.heads == []
