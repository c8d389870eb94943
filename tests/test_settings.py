"""The base URL: which one is asked, and what is warned of."""

import contextlib
import warnings

import pytest
from helpers import KEY, OPUS_5, messages

import claude_model
from claude_model import (
    APIError,
    Client,
)


@pytest.mark.parametrize(
    "suffix",
    ["", "/", "/v1", "/v1/", "//", "/v1/models", "/v1/models/", "/v1/messages", "\ufeff", "\r\n"],
)
@pytest.mark.parametrize("path", ["", "/a/path"])
def test_base_url_may_end_in_a_slash_or_a_path_of_the_api_or_have_a_path_of_its_own(
    server, path, suffix
):
    server.answer(200, OPUS_5)
    Client(api_key=KEY, base_url=f" {server.url}{path}{suffix} ").get_model("claude-opus-5")
    assert server.paths == [f"{path}/v1/models/claude-opus-5"]


@pytest.mark.parametrize(
    "base_url",
    ["file:///etc/passwd", "ftp://host", "host", "http://", "https:///v1", "http://h:port", "http://h:99999", "http://h:0",
     "http://h/a b", "http://h\n/x", "http://[::1", "http://\xe9", "\\\\host"],
)  # fmt: skip
def test_base_url_that_is_not_an_http_url_is_a_value_error(monkeypatch, base_url):
    with pytest.raises(ValueError) as caught:
        Client(api_key=KEY, base_url=base_url)
    assert str(caught.value) == f"base_url must be an http:// or https:// URL, not {base_url!r}"
    monkeypatch.setenv("ANTHROPIC_BASE_URL", base_url)
    with pytest.raises(
        ValueError, match="ANTHROPIC_BASE_URL must be an http:// or https:// URL, not "
    ):
        Client(api_key=KEY).get_model("claude-opus-5")


@pytest.mark.parametrize(
    "base_url", ["https://me:secret@h", "https://h/?key=secret", "https://h/#secret", "x@secret"]
)
def test_base_url_with_a_secret_is_refused_without_showing_it(base_url):
    with pytest.raises(ValueError) as caught:
        Client(base_url=base_url)
    assert (
        str(caught.value) == "base_url must not contain a user, password, query or fragment (@ ? #)"
    )


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:80", True),
        ("127.1.2.3:1", True),
        ("LOCALHOST:1", True),
        ("[::1]:1", True),
        ("127.evil.test", False),
        ("127.0.0.1.evil.test", False),
        ("localhost.evil.test:1", False),
        ("10.0.0.1", False),
        ("[::2]:1", False),
        ("gateway.test:1", False),
        ("127.0.0:1", False),
    ],
)
def test_this_machine_is_localhost_127_and_1(host, is_loopback):
    assert claude_model._is_loopback(host) is is_loopback


@pytest.mark.parametrize(
    ("base_url", "is_warned_of"),
    [
        ("http://gateway.test:1", True),
        ("http://127.0.0.1:1", True),
        ("https://gateway.test:1", False),
    ],
)
def test_plain_http_through_a_proxy_is_warned_of(server, monkeypatch, base_url, is_warned_of):
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, server.url)
    with (
        warnings.catch_warnings(record=True) as caught,
        contextlib.suppress(claude_model.ClaudeModelError),
    ):
        warnings.simplefilter("always")
        Client(api_key=KEY, base_url=base_url, max_retries=0).get_model("claude-opus-5")
    host = base_url.split("/")[2]
    warning = f"plain http sends the credential unencrypted to {host} via proxy {server.url[7:]}"
    assert messages(caught) == [warning] * is_warned_of


def test_plain_http_on_this_machine_is_not_warned_of(server):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (
            Client(api_key=KEY, base_url=server.url).get_model("claude-opus-5").id
            == "claude-opus-5"
        )


@pytest.mark.parametrize("call", ["get_model", "resolve", "list_models"])
def test_warning_points_at_the_line_that_calls(server, monkeypatch, call):
    monkeypatch.setenv("http_proxy", server.url)
    client = Client(api_key=KEY, base_url="http://gateway.test")
    with pytest.warns(UserWarning) as caught:
        getattr(client, call)(*[["claude-opus-5"], []][call == "list_models"])
    assert [warning.filename for warning in caught] == [__file__]


def test_empty_base_url_is_an_unset_one(server, monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.url.rpartition(':')[2]}")
    for base_url in ("", " "):
        monkeypatch.setenv("ANTHROPIC_BASE_URL", base_url)
        with pytest.raises(
            APIError, match=r"^api\.anthropic\.com via proxy 127\.0\.0\.1:\d+: the proxy refused"
        ):
            Client(api_key=KEY, max_retries=0, base_url=base_url.strip()).get_model("claude-opus-5")
