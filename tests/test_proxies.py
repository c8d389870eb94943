"""Proxies: which one is used, what it is sent, and what is shown of it."""

import base64
import time

import pytest
from helpers import KEY
from sockets import MODEL, length, send, silence

import claude_model
from claude_model import APIError, Client, main


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY"])
@pytest.mark.parametrize(
    "proxy",
    ["https://joe:s3cret@{}", "socks5://joe:s3cret@{}", "socks5h://{}", "ftp://joe:s3cret@{}", "HTTPS://joe:s3cret@{}",
     "http://joe:pa@s3cret/word@{}", "http://joe:s3cret:{}", "joe:s3cret:{}", "http:/joe:s3cret@{}", "http://h:s3cret",
     "http://a b:80", "http://{}/s3cret", "http://joe:s3cret@", "http://joe/s3cret@{}", "://s3cret", "http://joe:{}:s3cret"],
)  # fmt: skip
def test_proxy_that_urllib_would_misuse_is_rejected_and_not_shown(
    listen, monkeypatch, variable, proxy
):
    listener = listen(silence)
    monkeypatch.setenv(variable, proxy.format(f"127.0.0.1:{listener.port}"))
    with pytest.raises(ValueError) as caught:
        Client(api_key=KEY, base_url="http://api.test", timeout=2).get_model("claude-opus-5")
    assert str(caught.value) == ("http_proxy: only http://[user:password@]host[:port] is supported")
    assert caught.value.__cause__ is None
    assert (listener.connections, listener.heads) == (0, [])


class TestProxy:
    def client(self, monkeypatch, port, base_url="http://api.test", **settings):
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://user:pa%2Fss@127.0.0.1:{port}")
        settings = {
            "api_key": KEY,
            "base_url": base_url,
            "max_retries": 0,
            "timeout": 2,
            **settings,
        }
        return Client(**settings)

    @pytest.mark.filterwarnings("ignore:plain http")
    @pytest.mark.parametrize("scheme", ["http://", "", "HTTP://"])
    @pytest.mark.parametrize("end", ["", "/"])
    def test_http_goes_through_the_proxy(self, listen, monkeypatch, scheme, end):
        proxy = listen(length(len(MODEL)))
        client = self.client(monkeypatch, proxy.port)
        monkeypatch.setenv("http_proxy", f"{scheme}user:pa%2Fss@127.0.0.1:{proxy.port}{end}")
        assert client.get_model("claude-opus-5").id == "claude-opus-5"
        assert proxy.heads[0].startswith(
            b"GET http://api.test/v1/models/claude-opus-5 HTTP/1.1\r\n"
        )
        assert b"proxy-authorization: basic dxnlcjpwys9zcw==\r\n" in proxy.heads[0].lower()

    @pytest.mark.parametrize(
        "answer", [b"403 Forbidden", b"407 Proxy Authentication Required", b"502 Bad", b"503 No"]
    )
    def test_refused_tunnel_is_asked_for_once_and_shows_the_proxy_no_credential(
        self, listen, monkeypatch, answer
    ):
        proxy = listen(send(b"HTTP/1.1 " + answer + b"\r\n\r\n"))
        with pytest.raises(APIError) as caught:
            self.client(monkeypatch, proxy.port, "https://api.test", max_retries=2).get_model(
                "claude-opus-5"
            )
        advice = (
            "set its user and password" if answer.startswith(b"407") else "ask its administrator"
        )
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
        with pytest.raises(
            APIError, match=r"^api.test via proxy 127.0.0.1:\d+: connection failed \("
        ):
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

    @pytest.mark.parametrize(
        "no_proxy",
        ["*", "127.0.0.1", "example.com, 127.0.0.1", "example.com 127.0.0.1", "a.test\n127.0.0.1"],
    )
    def test_no_proxy_is_asked_directly(self, api, monkeypatch, no_proxy):
        monkeypatch.setenv("no_proxy", no_proxy)
        client = self.client(monkeypatch, 1, api.url)
        assert client.get_model("claude-opus-5").id == "claude-opus-5"


@pytest.mark.parametrize(
    ("no_proxy", "host", "is_direct"),
    [
        ("example.com internal.test", "internal.test", True),
        ("example.com\tinternal.test ,x", "internal.test:8080", True),
        ("*.internal.test", "api.internal.test", True),
        ("*.internal.test, x", "internal.test.evil.test", False),
        (".internal.test", "api.internal.test", True),
        ("\ufeffinternal.test\r", "internal.test", True),
        ("*", "internal.test", True),
        ("", "internal.test", False),
        ("other.test", "internal.test", False),
    ],
)
def test_no_proxy_may_have_white_space_and_stars(monkeypatch, no_proxy, host, is_direct):
    monkeypatch.setenv("http_proxy", " \ufeffhttp://proxy.test:3128/\r\n")
    monkeypatch.setenv("no_proxy", no_proxy)
    assert claude_model._find_proxy("http", host) == ("" if is_direct else "proxy.test:3128")


@pytest.mark.parametrize("port", ["0", "65536", "99999", "123456"])
def test_port_of_a_proxy_that_cannot_be_is_rejected(monkeypatch, port):
    monkeypatch.setenv("http_proxy", f"http://proxy.test:{port}")
    with pytest.raises(ValueError, match="http_proxy: only http://"):
        claude_model._find_proxy("http", "api.test")


@pytest.mark.filterwarnings("ignore:plain http")
def test_password_of_a_proxy_is_in_no_message_even_if_the_proxy_echoes_its_login(
    listen, monkeypatch
):
    login = base64.b64encode(b"joe:pa/ss/word").decode()
    body = f"Basic {login} joe:pa%2Fss%2Fword pa/ss/word pa%2Fss%2Fword".encode()
    for status in (b"407 No", b"403 No", b"502 No"):
        proxy = listen(
            send(b"HTTP/1.1 " + status + b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        )
        monkeypatch.setenv("http_proxy", f"http://joe:pa%2Fss%2Fword@127.0.0.1:{proxy.port}")
        with pytest.raises(claude_model.ClaudeModelError) as caught:
            Client(api_key=KEY, base_url="http://api.test", max_retries=0).get_model(
                "claude-opus-5"
            )
        assert f"proxy-authorization: basic {login}".lower() in proxy.heads[0].decode().lower()
        assert "Basic [credential] [credential] [credential] [credential]" in str(caught.value)
