"""The base URL: which one is asked, and what is warned of."""

import contextlib
import os
import subprocess
import sys
import warnings

import pytest
from helpers import KEY, OPUS_5, ROOT, messages

import claude_model
from claude_model import (
    APIError,
    Client,
)


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "//"])
@pytest.mark.parametrize("path", ["", "/a/path"])
def test_base_url_may_end_in_a_slash_or_v1_or_have_a_path(server, path, suffix):
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
    ("base_url", "is_warned_of"),
    [
        ("http://gateway.test:1", True),
        ("http://127.evil.test:1", True),
        ("http://localhost.evil.test:1", True),
        ("http://10.0.0.1:1", True),
        ("http://127.0.0.1:1", True),
        ("http://127.1.2.3:1/path", True),
        ("http://LOCALHOST:1", True),
        ("http://[::1]:1", True),
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


@pytest.mark.parametrize("host", ["gateway.test", "127.evil.test", "localhost.evil.test", "[::2]"])
def test_plain_http_to_another_machine_is_warned_of(server, monkeypatch, host):
    # The proxy keeps the test from asking another machine.
    monkeypatch.setenv("http_proxy", server.url)
    with pytest.warns(UserWarning, match="plain http sends the credential unencrypted to "):
        Client(api_key=KEY, base_url=f"http://{host}:1").get_model("claude-opus-5")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "LOCALHOST", "[::1]"])
def test_plain_http_on_this_machine_is_not_warned_of(host):
    env = {**os.environ, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": f"http://{host}:1"}
    done = subprocess.run(
        [sys.executable, "claude_model.py", "--timeout", "0.3", "opus"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.startswith(f"error: {host}:1: ")


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
