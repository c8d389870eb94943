"""Credentials: which one is sent, which is malformed, which is advised if it is refused, and that none is shown."""

import http.client
import json

import pytest
from helpers import FAST, KEY, OPUS_5, fails

import claude_model
from claude_model import (
    APIError,
    Client,
    CredentialError,
    MissingCredentialError,
    ModelNotFoundError,
    main,
    resolve,
)


def sent(api):
    """Return the headers of the last request."""
    return api.requests[-1][2]


@pytest.mark.parametrize(
    ("arguments", "environment", "x_api_key", "authorization"),
    [
        ({}, {"API_KEY": "env-key"}, "env-key", None),
        ({}, {"AUTH_TOKEN": "env-token"}, None, "Bearer env-token"),
        ({}, {"API_KEY": "env-key", "AUTH_TOKEN": "env-token"}, "env-key", None),
        ({}, {"API_KEY": "", "AUTH_TOKEN": "env-token"}, None, "Bearer env-token"),
        ({}, {"API_KEY": " \n", "AUTH_TOKEN": " env-token\r\n"}, None, "Bearer env-token"),
        ({}, {"API_KEY": "\ufeffenv-key\ufeff "}, "env-key", None),
        ({"api_key": "key"}, {"API_KEY": "env-key"}, "key", None),
        ({"api_key": "\ufeff key\n"}, {}, "key", None),
        ({"api_key": ""}, {"API_KEY": "env-key"}, "env-key", None),
        ({"auth_token": "token"}, {"API_KEY": "env-key"}, None, "Bearer token"),
        ({"api_key": "key", "auth_token": "token"}, {}, "key", None),
        ({}, {"CUSTOM_HEADERS": "X-Api-Key: custom"}, "custom", None),
        ({}, {"CUSTOM_HEADERS": "authorization: Basic custom"}, None, "Basic custom"),
        ({}, {"CUSTOM_HEADERS": "authorization: custom"}, None, "custom"),
        ({}, {"CUSTOM_HEADERS": "x-api-key:", "API_KEY": "env-key"}, "env-key", None),
        ({}, {"CUSTOM_HEADERS": "x-api-key: custom", "API_KEY": "env-key"}, "custom", None),
        (
            {},
            {"CUSTOM_HEADERS": "authorization: Bearer custom", "API_KEY": "k"},
            None,
            "Bearer custom",
        ),
        (
            {},
            {"CUSTOM_HEADERS": "authorization: Bearer custom", "AUTH_TOKEN": "t"},
            None,
            "Bearer custom",
        ),
        (
            {},
            {"CUSTOM_HEADERS": "x-api-key: a\nauthorization: Bearer b", "API_KEY": "k"},
            "a",
            "Bearer b",
        ),
        ({"api_key": "key"}, {"CUSTOM_HEADERS": "x-api-key: custom"}, "key", None),
        ({"api_key": "key"}, {"CUSTOM_HEADERS": "authorization: Bearer custom"}, "key", None),
        ({"auth_token": "token"}, {"CUSTOM_HEADERS": "x-api-key: custom"}, None, "Bearer token"),
        (
            {},
            {"CUSTOM_HEADERS": "x-portkey-provider: anthropic", "API_KEY": "env-key"},
            "env-key",
            None,
        ),
    ],
)
def test_first_credential_that_is_set_is_the_only_one_that_is_sent(
    server, monkeypatch, arguments, environment, x_api_key, authorization
):
    for name, value in environment.items():
        monkeypatch.setenv(f"ANTHROPIC_{name}", value)
    Client(base_url=server.url, **arguments).get_model("claude-opus-5")
    assert (sent(server)["x-api-key"], sent(server)["authorization"]) == (x_api_key, authorization)


@pytest.mark.parametrize(
    "name",
    ["x-litellm-api-key", "cf-aig-authorization", "apikey", "x-goog-api-key", "cookie", "X-Secret"],
)
def test_custom_header_with_the_name_of_a_credential_is_one(server, monkeypatch, name):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", f"{name}: some-value")
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    assert resolve("opus").id == "claude-opus-5"
    assert (sent(server)[name], sent(server)["x-api-key"]) == ("some-value", None)


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("x-api-key", True),
        ("Proxy-Authorization", True),
        ("x-portkey-api-key", True),
        ("x-my-password", True),
        ("x-csrf-token", True),
        ("x-portkey-provider", False),
        ("anthropic-beta", False),
        ("user-agent", False),
        ("x-default-model", False),
    ],
)
def test_header_is_a_secret_by_its_name(name, is_secret):
    assert claude_model._is_secret_header(name) is is_secret


def test_value_of_a_custom_header_is_not_cut_out_of_an_answer(api, monkeypatch):
    monkeypatch.setenv(
        "ANTHROPIC_CUSTOM_HEADERS", "x-portkey-provider: anthropic\nx-default-model: claude-opus-5"
    )
    api.models = [{"id": "bedrock/us.anthropic.claude-opus-5"}]
    assert resolve("opus").id == "bedrock/us.anthropic.claude-opus-5"


def test_custom_headers_are_lines_split_at_the_first_colon(api, monkeypatch):
    lines = "\ufeffx-one: a:b c\r\n\n  X-Two :2  \nanthropic-version: 2026-10-21\nx-one: last\n!#$%&'*+.^_`|~-9aZ: odd"
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", lines)
    Client().get_model("claude-opus-5")
    headers = sent(api)
    assert (headers.get_all("x-one"), headers["x-two"]) == (["last"], "2")
    assert headers["!#$%&'*+.^_`|~-9aZ"] == "odd"
    assert headers["anthropic-version"] == "2026-10-21"


def test_header_that_the_user_sets_is_sent_as_it_is(api, monkeypatch):
    monkeypatch.setenv(
        "ANTHROPIC_CUSTOM_HEADERS", "User-Agent: me\nAccept: application/x\nanthropic-beta: mine"
    )
    Client(betas=("one",)).get_model("claude-opus-5")
    headers = sent(api)
    assert [headers.get_all(name) for name in ("user-agent", "accept", "anthropic-beta")] == [
        ["me"],
        ["application/x"],
        ["mine,one"],
    ]


@pytest.mark.parametrize(
    "lines", ["secret", "x-a: b\nsec ret: c", "x-a: s\xe9cret", ": secret", "x-a: se\x07cret"]
)
def test_malformed_custom_header_is_refused_by_its_line_alone(api, monkeypatch, lines):
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", lines)
    with pytest.raises(CredentialError) as caught:
        Client().get_model("claude-opus-5")
    number = len(lines.split("\n"))
    assert str(caught.value) == (
        f"line {number} of ANTHROPIC_CUSTOM_HEADERS is not `Name: value` in ASCII; fix or remove it"
    )
    assert api.paths == []


WHITESPACE = "contains whitespace or a non-ASCII character; was it pasted with a line break?"


@pytest.mark.parametrize("name", ["api_key", "auth_token"])
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        *((f"sk-ant-{mark}secret", WHITESPACE) for mark in " \n\r\t\x1b\udcff\xa0\u201c"),
        ("Bearer sk-ant-secret", "begins with 'Bearer '; set it to the token alone"),
        ("${{ secrets.KEY }}", "contains an expression that was not expanded: ${{"),
        ("'sk-ant-secret'", "is wrapped in quotes; remove them"),
        ('"sk-ant-secret"', "is wrapped in quotes; remove them"),
    ],
)
def test_malformed_credential_is_named_before_any_request(server, name, value, problem):
    with pytest.raises(CredentialError) as caught:
        Client(base_url=server.url, **{name: value}).get_model("claude-opus-5")
    assert str(caught.value) == f"{name} {problem}"
    assert server.paths == []


@pytest.mark.parametrize(
    "header", ["x-api-key: sk-ant- secret", "Authorization: Bearer sk-ant- secret"]
)
def test_malformed_credential_in_a_custom_header_is_named_without_its_value(
    api, monkeypatch, header
):
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", header)
    with pytest.raises(CredentialError) as caught:
        Client().get_model("claude-opus-5")
    assert str(caught.value) == f"ANTHROPIC_CUSTOM_HEADERS {WHITESPACE}"


def test_missing_credential_says_what_to_set_and_an_option_that_exists(server, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    for call in (resolve, Client().resolve, Client().get_model):
        with pytest.raises(MissingCredentialError) as caught:
            call("sonnet")
        assert str(caught.value) == (
            "no API key found; set ANTHROPIC_API_KEY, or use claude_model.resolve(name, offline=True)"
        )
    assert server.paths == []


AUTHENTICATION_ERROR = {
    "type": "error",
    "error": {"type": "authentication_error", "message": "invalid x-api-key"},
}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("arguments", "environment", "advice"),
    [
        (
            {},
            {"API_KEY": "k"},
            "check ANTHROPIC_API_KEY; many gateways read ANTHROPIC_AUTH_TOKEN instead",
        ),
        ({"api_key": "k"}, {}, "check api_key; many gateways read auth_token instead"),
        ({}, {"AUTH_TOKEN": "t"}, "check ANTHROPIC_AUTH_TOKEN"),
        ({"auth_token": "t"}, {"API_KEY": "k"}, "check auth_token (ANTHROPIC_API_KEY not used)"),
        (
            {},
            {"CUSTOM_HEADERS": "authorization: Bearer t", "API_KEY": "k", "AUTH_TOKEN": "t"},
            "check ANTHROPIC_CUSTOM_HEADERS (ANTHROPIC_API_KEY and ANTHROPIC_AUTH_TOKEN not used)",
        ),
        (
            {},
            {"API_KEY": "sk-ant-oat01-x"},
            "check ANTHROPIC_API_KEY: it has an OAuth token, which belongs in ANTHROPIC_AUTH_TOKEN",
        ),
        (
            {"auth_token": "sk-ant-api03-x"},
            {},
            "check auth_token: it has an API key, which belongs in api_key",
        ),
    ],
)
def test_refused_credential_is_named_with_what_to_check(
    server, monkeypatch, status, arguments, environment, advice
):
    for name, value in environment.items():
        monkeypatch.setenv(f"ANTHROPIC_{name}", value)
    server.answer(status, AUTHENTICATION_ERROR)
    error = fails(CredentialError, base_url=server.url, **arguments)
    assert (
        str(error)
        == f"{server.url[7:]}: {status} authentication_error: invalid x-api-key; {advice}"
    )


@pytest.mark.parametrize(
    "body", [b"", b"Unauthorized", b'{"detail": "no"}', b"[]", b'{"error": "no"}', b'{"error": {}}']
)
def test_refusal_without_the_json_of_the_api_says_who_sent_it(api, body):
    api.answer(403, body)
    advice = "a proxy, filter or gateway sent this, not the API; check ANTHROPIC_API_KEY; many gateways read"
    assert f"; {advice} ANTHROPIC_AUTH_TOKEN instead" in str(fails(CredentialError))


def test_credential_is_read_once_per_call(api, monkeypatch):
    respond = api.respond

    def change(path):
        monkeypatch.setenv("ANTHROPIC_API_KEY", "another-key")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
        return respond(path)

    api.respond = change
    assert Client().resolve("claude-sonnet").id == "claude-sonnet-5"
    assert [headers["x-api-key"] for _, _, headers in api.requests] == [KEY, KEY]


@pytest.mark.parametrize("settings", [{"api_key": KEY}, {"auth_token": KEY}])
@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
def test_echoed_credential_is_in_no_message_wherever_it_comes_back(server, settings, status):
    echo = KEY.encode()
    escaped = b"".join(b"\\u%04x" % character for character in echo)
    bodies = [
        echo,
        b'"' + echo + b'"',
        json.dumps({"id": f"a{KEY}", "line": KEY, KEY: [{"x": f"-{KEY}-"}]}).encode(),
        json.dumps({"error": {"message": KEY, "type": KEY}, "request_id": KEY}).encode(),
        b'{"error": {"message": "' + escaped + b'"}}',
        b'{"broken": "' + escaped,
        b"<html><title>" + echo,
    ]
    for body in bodies:
        server.answers = [(status, body, {"request-id": KEY, "x-should-retry": "false"})]
        error = fails(
            (APIError, CredentialError, ModelNotFoundError), base_url=server.url, **settings
        )
        assert KEY not in f"{error} {vars(error)}"
        assert "\\u006" not in str(error)


def test_answer_that_repeats_the_credential_is_not_used_and_says_so(api):
    for value in (KEY, "".join(f"\\u{ord(character):04x}" for character in KEY)):
        api.answer(200, b'{"id": "claude-opus-5", "x": "%s"}' % value.encode())
        error = fails(claude_model.UnavailableError)
        assert str(error) == (
            f"unexpected response from {api.url[7:]}: it repeats the credential; check ANTHROPIC_BASE_URL"
        )


def test_short_credential_changes_no_answer(server, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "lmstudio")
    server.models = [{"id": "lmstudio-community/llama-3.1-8b"}]
    assert resolve("lmstudio-community/llama-3.1-8b").raw == server.models[0]


@pytest.mark.parametrize("escape", [False, True])
@pytest.mark.parametrize("cut", [1, len(KEY) // 2, len(KEY) - 1])
def test_credential_is_cut_out_before_a_long_body_is_cut(api, cut, escape):
    # Wherever the body is cut, no part of the credential is left before the cut.
    echo = "".join(f"\\u{ord(c):04x}" for c in KEY) if escape else KEY
    for length in (2_000, 20_000, 20_000 // 6):
        head = "<html><style>"
        title = (
            head
            + "x" * (length - cut * (6 if escape else 1) - len(head) - len("<title>"))
            + "<title>"
        )
        api.answer(403, (title + echo + "</title>").encode())
        error = fails(CredentialError)
        assert KEY[:5] not in str(error)
        assert "\\u006" not in str(error)


def test_secret_headers_are_cut_out_of_messages_and_others_are_not(api, monkeypatch):
    secrets = (
        f"cf-access-client-secret: gateway-secret-1\nx-token: {KEY}-and-more\nx-model: opus-public"
    )
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", secrets)
    api.answer(
        400, {"error": {"type": "t", "message": f"gateway-secret-1 opus-public {KEY}-and-more"}}
    )
    assert ": 400 t: [credential] opus-public [credential]; " in str(fails(APIError))


@pytest.mark.parametrize("character", ["/", '"', "\\"])
def test_credential_with_a_character_that_json_escapes_is_cut_out(server, character):
    secret = f"0123456789{character}abcdef"
    body = json.dumps({"error": {"message": secret}}).replace("/", "\\/")
    for text in (body, body[:-1]):  # The second is not JSON.
        server.answer(400, text.encode())
        shown = str(fails(APIError, base_url=server.url, api_key=secret))
        assert "abcdef" not in shown
        assert "[credential]" in shown


def test_debuglevel_of_http_client_prints_no_request(api, capsys, monkeypatch):
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    assert Client().get_model("claude-opus-5").id == OPUS_5["id"]
    monkeypatch.setenv("https_proxy", api.url)
    fails(APIError, base_url="https://h.test", max_retries=0)
    assert capsys.readouterr() == ("", "")


def test_client_shows_no_credential():
    client = Client(
        api_key="sk-ant-secret", auth_token="token-secret", base_url="https://example.com"
    )
    assert "secret" not in repr(client)
    assert "base_url='https://example.com'" in repr(client)


def test_wait_and_error_show_no_credential(api, capsys):
    api.answers = [(500, {"error": {"type": KEY, "message": KEY}}, FAST)] * 3
    api.answers = [
        (status, json.dumps(body).encode(), headers) for status, body, headers in api.answers
    ]
    assert main(["opus"]) == 3
    assert KEY not in "".join(capsys.readouterr())


def test_refused_key_of_the_api_itself_says_nothing_of_gateways(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    credential = claude_model._find_credential(Client(), {}, claude_model._EntryPoint())
    assert credential.advice_if_refused("") == "check ANTHROPIC_API_KEY"
