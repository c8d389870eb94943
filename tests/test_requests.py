"""What is sent and to whom: credentials, headers, base URLs, proxies. Redirects are in test_responses.py."""

import http.client
import warnings

import pytest
from helpers import KEY, messages
from pytest_socket import SocketConnectBlockedError
from sockets import MODEL, length, send, silence

import claude_model
from claude_model import (
    APIError,
    Client,
    CredentialError,
    MissingCredentialError,
    UnavailableError,
    resolve,
)


def ask(**settings):
    return Client(**settings).get_model("claude-opus-5").id


def credentials(api):
    """Return the credentials of the last request."""
    headers = api.requests[-1][2]
    return headers["x-api-key"], headers["authorization"]


def set_environment(monkeypatch, **values):
    for name, value in values.items():
        monkeypatch.setenv(f"ANTHROPIC_{name}", value)


def test_request_has_the_key_the_version_the_betas_and_the_user_agent(api):
    ask(betas=("one-2026-01-01", "two-2026-01-01"), version="2026-10-21")
    headers = api.requests[0][2]
    assert credentials(api) == (KEY, None)
    assert headers["anthropic-version"] == "2026-10-21"
    assert headers["anthropic-beta"] == "one-2026-01-01,two-2026-01-01"
    assert headers["user-agent"] == f"claude_model/{claude_model.__version__}"
    assert headers["accept"] == "application/json"
    ask()
    assert api.requests[1][2]["anthropic-version"] == "2023-06-01"
    assert api.requests[1][2]["anthropic-beta"] is None


@pytest.mark.parametrize(
    ("arguments", "environment", "sent"),
    [
        ({}, {"API_KEY": "env-key"}, ("env-key", None)),
        ({}, {"AUTH_TOKEN": "env-token"}, (None, "Bearer env-token")),
        ({}, {"API_KEY": "env-key", "AUTH_TOKEN": "env-token"}, ("env-key", None)),
        ({}, {"API_KEY": " \n", "AUTH_TOKEN": " env-token\r\n"}, (None, "Bearer env-token")),
        ({}, {"API_KEY": "\ufeffenv-key\ufeff "}, ("env-key", None)),
        ({"api_key": "\ufeff key\n"}, {"API_KEY": "env-key"}, ("key", None)),
        ({"api_key": ""}, {"API_KEY": "env-key"}, ("env-key", None)),
        ({"auth_token": "token"}, {"API_KEY": "env-key"}, (None, "Bearer token")),
        ({"api_key": "key", "auth_token": "token"}, {}, ("key", None)),
        ({}, {"CUSTOM_HEADERS": "X-Api-Key: custom", "API_KEY": "k"}, ("custom", None)),
        ({}, {"CUSTOM_HEADERS": "authorization: Basic c", "AUTH_TOKEN": "t"}, (None, "Basic c")),
        ({}, {"CUSTOM_HEADERS": "authorization: custom"}, (None, "custom")),
        ({}, {"CUSTOM_HEADERS": "authorization: Bearer b\nx-api-key: a"}, ("a", None)),
        ({}, {"CUSTOM_HEADERS": "x-api-key:", "API_KEY": "env-key"}, ("env-key", None)),
        ({"api_key": "key"}, {"CUSTOM_HEADERS": "authorization: Bearer custom"}, ("key", None)),
        ({"auth_token": "token"}, {"CUSTOM_HEADERS": "x-api-key: c"}, (None, "Bearer token")),
        ({}, {"CUSTOM_HEADERS": "x-author: me\nidempotency-key: x", "API_KEY": "k"}, ("k", None)),
        ({}, {"CUSTOM_HEADERS": "cf-aig-authorization: Bearer c"}, (None, None)),
    ],
)
def test_first_credential_that_is_set_is_the_only_one_that_is_sent(
    server, monkeypatch, arguments, environment, sent
):
    set_environment(monkeypatch, **environment)
    assert ask(base_url=server.url, **arguments) == "claude-opus-5"
    assert credentials(server) == sent


def test_custom_headers_are_added_and_replace_those_of_the_same_name(api, monkeypatch):
    lines = "\ufeffx-one: a:b c\r\n\n  X-Two :2  \nUser-Agent: me\nanthropic-version: 2026-10-21\nx-one: last\n!#$%&'*+.^_`|~-9aZ: odd"
    set_environment(monkeypatch, CUSTOM_HEADERS=lines)
    ask()
    headers = api.requests[0][2]
    names = ("x-one", "x-two", "user-agent", "anthropic-version", "!#$%&'*+.^_`|~-9aZ")
    assert [headers.get_all(name) for name in names] == [
        ["last"], ["2"], ["me"], ["2026-10-21"], ["odd"],
    ]  # fmt: skip
    assert credentials(api) == (KEY, None)


@pytest.mark.parametrize("lines", ["secret", "x-a: b\nsec ret: c", "x-a: s\xe9cret", ": secret", "x-a: se\x07cret"])  # fmt: skip
def test_malformed_custom_header_is_named_by_its_line_alone(api, monkeypatch, lines):
    set_environment(monkeypatch, CUSTOM_HEADERS=lines)
    with pytest.raises(CredentialError) as caught:
        ask()
    number = len(lines.split("\n"))
    assert str(caught.value).startswith(f"line {number} of ANTHROPIC_CUSTOM_HEADERS is not")
    assert "cret" not in str(caught.value)
    assert api.paths == []


@pytest.mark.parametrize("mark", list(" \n\r\t\x1b\udcff\xa0\u201c"))
def test_credential_with_whitespace_or_non_ascii_characters_is_refused_before_any_request(
    server, monkeypatch, mark
):
    secret = f"sk-ant-{mark}secret"
    for name in ("api_key", "auth_token"):
        with pytest.raises(CredentialError, match=rf"^{name} contains whitespace or a non-ASCII"):
            ask(base_url=server.url, **{name: secret})
    if mark in " \t":
        for header in (f"x-api-key: {secret}", f"authorization: Bearer {secret}"):
            set_environment(monkeypatch, CUSTOM_HEADERS=header)
            with pytest.raises(CredentialError, match=r"^ANTHROPIC_CUSTOM_HEADERS contains"):
                ask(base_url=server.url)
    assert server.paths == []


def test_missing_credential_says_what_to_set_and_that_offline_exists(server, monkeypatch):
    set_environment(monkeypatch, BASE_URL=server.url)
    for call in (resolve, Client().resolve, Client().get_model):
        with pytest.raises(MissingCredentialError, match=r"set ANTHROPIC_API_KEY, .*offline=True"):
            call("sonnet")
    assert server.paths == []


def test_environment_is_read_once_per_call(api, monkeypatch):
    respond = api.respond

    def change(path):
        set_environment(monkeypatch, API_KEY="another-key", BASE_URL="http://127.0.0.1:1")
        return respond(path)

    api.respond = change
    assert Client().resolve("claude-sonnet").id == "claude-sonnet-5"
    assert [headers["x-api-key"] for _, _, headers in api.requests] == [KEY, KEY]


@pytest.mark.parametrize(
    ("base_url", "path"),
    [("{}", ""), (" {}/ ", ""), ("{}/v1", ""), ("{}//", ""), ("{}/v1/models/", ""), ("{}/v1/messages", ""),
     ("\ufeff{}\r\n", ""), ("{}/a/path/v1", "/a/path"), ("{}/a/v1x", "/a/v1x"), ("HTTP:{}", "")],
)  # fmt: skip
def test_base_url_may_end_in_a_path_of_the_api_or_have_its_own(server, base_url, path):
    url = base_url.format(server.url if base_url[:4] != "HTTP" else server.url[5:])
    server.answer(200, {"id": "a"})
    assert ask(api_key=KEY, base_url=url) == "a"
    assert server.paths == [f"{path}/v1/models/claude-opus-5"]


@pytest.mark.parametrize(
    "base_url",
    ["file:///etc/secret", "ftp://secret", "secret", "http://", "https:///v1", "http://h:secret", "http://h:99999", "http://h:0",
     "http://h/a b", "http://h\n/x", "http://[::1", "http://\xe9", "\\\\secret", "https://me:secret@h", "https://h/?k=secret",
     "https://h/#secret", "x@secret"],
)  # fmt: skip
def test_other_base_url_is_a_value_error_that_does_not_show_it(monkeypatch, base_url):
    with pytest.raises(ValueError, match=r"^base_url must be an http:// or https:// URL") as caught:
        Client(api_key=KEY, base_url=base_url)
    assert "secret" not in str(caught.value)
    set_environment(monkeypatch, BASE_URL=base_url)
    with pytest.raises(ValueError, match=r"^ANTHROPIC_BASE_URL must be an http:// or https:// URL"):
        ask(api_key=KEY)


def test_empty_base_url_is_that_of_the_api_and_names_no_setting(server, monkeypatch):
    set_environment(monkeypatch, BASE_URL=" ")
    monkeypatch.setenv("https_proxy", server.url)
    for base_url in ("", " ", None):
        with pytest.raises(APIError, match=r"^api\.anthropic\.com via a proxy: ") as caught:
            ask(api_key=KEY, base_url=base_url, max_retries=0)
        assert "ANTHROPIC_BASE_URL" not in str(caught.value)


# Which host, whether it is asked through the proxy, and whether plain http is warned of.
HOSTS = [
    ("127.0.0.1:1", False, False), ("LOCALHOST:1", False, False), ("[::1]:1", False, False), ("127.1.2.3:1", False, False),
    ("127.evil.test", True, True), ("127.0.0.1.evil.test", True, True), ("gateway.test:1", True, True),
]  # fmt: skip


@pytest.mark.parametrize(("host", "is_proxied", "is_warned_of"), HOSTS)
def test_this_machine_is_never_asked_through_a_proxy_and_others_are_warned_of(
    server, monkeypatch, host, is_proxied, is_warned_of
):
    monkeypatch.setenv("http_proxy", server.url)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if is_proxied:
            assert Client(api_key=KEY, base_url=f"http://{host}").resolve("opus")
        else:
            with pytest.raises((APIError, SocketConnectBlockedError)):
                ask(api_key=KEY, base_url=f"http://{host}", max_retries=0, timeout=2)
    assert bool(server.paths) == is_proxied
    caught = [warning for warning in caught if "plain http" in str(warning.message)]
    warning = f"plain http sends the credential unencrypted to {host} via a proxy"
    assert messages(caught) == [warning] * is_warned_of
    assert [warning.filename for warning in caught] == [__file__] * is_warned_of


@pytest.mark.parametrize(
    "proxy",
    ["https://joe:s3cret@{}", "socks5://joe:s3cret@{}", "ftp://joe:s3cret@{}", "HTTPS://{}", "http://joe:pa@s3cret/word@{}",
     "http:/joe:s3cret@{}", "http://a b:80", "http://{}/s3cret", "://s3cret"],
)  # fmt: skip
def test_proxy_that_is_not_http_is_refused_where_it_would_be_used(listen, monkeypatch, proxy):
    listener = listen(silence)
    monkeypatch.setenv("http_proxy", proxy.format(f"127.0.0.1:{listener.port}"))
    with pytest.raises(ValueError, match=r"^http_proxy: only http://\S+ is supported$"):
        ask(api_key=KEY, base_url="http://api.test", timeout=2)
    assert listener.connections == 0
    with pytest.raises(APIError):
        ask(api_key=KEY, base_url="http://127.0.0.1:1", max_retries=0)


class TestProxy:
    @pytest.fixture
    def ask(self, monkeypatch):
        """Return a function that asks through a proxy on a port."""

        def run(port, base_url="http://api.test", proxy="http://a:b%2Fc@127.0.0.1:{}", **settings):
            for name in ("http_proxy", "https_proxy"):
                monkeypatch.setenv(name, proxy.format(port))
            settings = {"timeout": 2, "max_retries": 0, **settings}
            return ask(api_key=KEY, base_url=base_url, **settings)

        return run

    @pytest.mark.filterwarnings("ignore:plain http")
    @pytest.mark.parametrize("proxy", ["http://user:pa%2Fss@127.0.0.1:{}", "user:pa%2Fss@127.0.0.1:{}/", " HTTP://user:pa%2Fss@127.0.0.1:{}\n"])  # fmt: skip
    def test_http_goes_through_the_proxy(self, listen, ask, proxy):
        listener = listen(length(len(MODEL)))
        assert ask(listener.port, proxy=proxy) == "claude-opus-5"
        head = listener.heads[0]
        assert head.startswith(b"GET http://api.test/v1/models/claude-opus-5 HTTP/1.1\r\n")
        assert b"proxy-authorization: basic dxnlcjpwys9zcw==\r\n" in head.lower()

    @pytest.mark.parametrize("answer", ["403 Forbidden", "407 Proxy Authentication Required", f"503 {KEY}"])  # fmt: skip
    def test_refused_tunnel_is_asked_for_once_and_shows_the_proxy_no_credential(
        self, listen, ask, answer
    ):
        listener = listen(send(f"HTTP/1.1 {answer}\r\n\r\n".encode()))
        words = f"Tunnel connection failed: {answer[:3]}"
        with pytest.raises(UnavailableError, match=words) as caught:
            ask(listener.port, "https://api.test", max_retries=2)
        assert caught.value.status is None
        assert KEY not in str(caught.value)
        assert listener.heads[0].startswith(b"CONNECT api.test:443 HTTP/1.")
        assert KEY.encode() not in b"".join(listener.heads)
        assert listener.connections == 1

    @pytest.mark.filterwarnings("ignore:plain http")
    def test_407_is_asked_for_once_and_says_what_to_check(self, listen, ask):
        body = b"user:a-long-password-of-a-proxy"
        head = b"HTTP/1.1 407 Who\r\nx-should-retry: true\r\ncontent-length: %d\r\n\r\n"
        listener = listen(send(head % len(body) + body))
        proxy = "http://user:a-long-password%2Dof-a-proxy@127.0.0.1:{}"
        with pytest.raises(UnavailableError, match="check the user and password of the") as caught:
            ask(listener.port, proxy=proxy, max_retries=2)
        assert "password-of" not in str(caught.value)
        assert listener.connections == 1

    @pytest.mark.filterwarnings("ignore:plain http")
    @pytest.mark.parametrize("base_url", ["http://api.test", "https://api.test"])
    @pytest.mark.parametrize("proxy", ["http://user:s3cret@127.0.0.1:{}", "http://joe:s3cret:127.0.0.1:{}", "http://127.0.0.1:s3cret", "http://joe:{}:s3cret"])  # fmt: skip
    def test_failing_proxy_is_not_shown(self, listen, ask, base_url, proxy):
        with pytest.raises(APIError) as caught:
            ask(listen(silence).port, base_url, proxy, timeout=0.3)
        assert str(caught.value).startswith("api.test via a proxy: ")
        assert "s3cret" not in str(caught.value)

    @pytest.mark.filterwarnings("ignore:plain http")
    @pytest.mark.parametrize(
        ("no_proxy", "is_direct"),
        [("*", True), ("example.com, gateway.invalid", True), ("example.com gateway.invalid", True), ("a.test\n.invalid", True),
         ("gateway.invalid:1", True), ("other.test", False), ("", False)],
    )  # fmt: skip
    def test_no_proxy_may_be_separated_by_white_space(
        self, server, ask, monkeypatch, no_proxy, is_direct
    ):
        monkeypatch.setenv("no_proxy", no_proxy)
        if is_direct:
            with pytest.raises(APIError, match=r"^gateway.invalid:1: connection failed"):
                ask(server.url.rpartition(":")[2], "http://gateway.invalid:1")
        else:
            assert ask(server.url.rpartition(":")[2], "http://gateway.invalid:1")


def test_debuglevel_of_http_client_prints_nothing(api, capsys, monkeypatch):
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    assert ask() == "claude-opus-5"
    monkeypatch.setenv("https_proxy", api.url)
    with pytest.raises(APIError):
        ask(base_url="https://h.test", max_retries=0)
    assert capsys.readouterr() == ("", "")
