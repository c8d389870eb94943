"""What is said of a response: the server's words, its status, the advice; and that no secret is shown."""

import json
import string
import traceback
import warnings

import pytest
from helpers import KEY
from rows import OPUS_5, row

import claude_model
from claude_model import (
    APIError,
    ClaudeModelError,
    Client,
    CredentialError,
    UnavailableError,
    resolve,
)  # fmt: skip


def fails(kind=ClaudeModelError, model_id="claude-opus-5", **settings):
    """Return the error that asking for a model raises."""
    with pytest.raises(kind) as caught:
        Client(**{"max_retries": 0, **settings}).get_model(model_id)
    return caught.value


def test_error_has_the_words_of_the_server_status_type_and_request_id(api):
    body = {"error": {"type": "invalid_request_error", "message": "no"}, "request_id": "req_b"}
    api.answer(400, body, request_id="req_h")
    api.answer(400, body)
    error = fails(APIError)
    assert (error.status, error.type, error.request_id) == (400, "invalid_request_error", "req_h")
    words = f"{api.host}: 400 invalid_request_error: no (request req_h)"
    assert (str(error), error.reason) == (f"{words}; check ANTHROPIC_BASE_URL", words)
    assert fails(APIError).request_id == "req_b"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "empty body"),
        (b"plain \n text", "plain text"),
        (b'\xef\xbb\xbf{"detail": "Not Found"}', '{"detail": "Not Found"}'),
        (b'{"error": "flat"}', '{"error": "flat"}'),
        (b'{"error": {"message": null, "type": []}}', '{"error": {"message": null, "type": []}}'),
        (b'{"error": {"message": "a\\u001b[31m\\u0000\\u202e\\nb"}}', "a [31m b"),
        (b"\x1f\x8b\x08 gzip", "not UTF-8 text"),
        (b"x" * 300, "x" * 300),
        (b"x" * 301, "x" * 297 + "..."),
        (b" <!DOCTYPE html><style>" + b"x" * 9_000 + b"</style><TITLE lang=en>\n Denied </title><p>secret", "HTML page ( Denied )"),
        (b"<html><b>Bad</b></html>", "HTML page (without a title)"),
        (b"<html>" + b"<title" * 300_000, "HTML page (without a title)"),
        (b"x" * (4 * 2**20 + 1), "larger than 4 MiB"),
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_servers_own_words_are_one_short_line(api, body, text):
    api.answer(400, body)
    assert fails(APIError).reason == f"{api.host}: 400: {text}"


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (201, UnavailableError, "check ANTHROPIC_BASE_URL"),
        (204, UnavailableError, "check ANTHROPIC_BASE_URL"),
        (302, APIError, "check ANTHROPIC_BASE_URL"),
        (400, APIError, "check ANTHROPIC_BASE_URL"),
        (401, CredentialError, "check ANTHROPIC_API_KEY; gateways often read ANTHROPIC_AUTH_TOKEN instead"),
        (402, APIError, "check ANTHROPIC_BASE_URL"),
        (403, CredentialError, "check ANTHROPIC_API_KEY; gateways often read ANTHROPIC_AUTH_TOKEN instead"),
        (407, UnavailableError, "check the user and password of the proxy"),
        (408, UnavailableError, "try again later"),
        (409, UnavailableError, "try again later"),
        (429, UnavailableError, "try again later"),
        (500, UnavailableError, "try again later"),
        (501, UnavailableError, "check ANTHROPIC_BASE_URL"),
        (529, UnavailableError, "try again later"),
    ],
)  # fmt: skip
def test_status_decides_on_the_class_and_the_advice(api, status, kind, advice):
    api.answer(status, b"" if status == 204 else OPUS_5)
    error = fails()
    assert type(error) is kind
    assert str(error).endswith(f"; {advice}")
    assert getattr(error, "status", status) == status
    assert str(status) in str(error)


@pytest.mark.parametrize(
    ("arguments", "environment", "advice"),
    [
        ({"api_key": "k"}, {}, "check api_key; gateways often read ANTHROPIC_AUTH_TOKEN instead"),
        ({}, {"AUTH_TOKEN": "t"}, "check ANTHROPIC_AUTH_TOKEN"),
        ({"auth_token": "t"}, {"API_KEY": "k"}, "check auth_token"),
        ({}, {"CUSTOM_HEADERS": "cf-aig-authorization: t"}, "check ANTHROPIC_CUSTOM_HEADERS"),
    ],
)
def test_refused_credential_is_named_by_its_setting(
    server, monkeypatch, arguments, environment, advice
):
    for name, value in environment.items():
        monkeypatch.setenv(f"ANTHROPIC_{name}", value)
    server.answer(401, {"error": {"type": "authentication_error", "message": "invalid x-api-key"}})
    error = fails(CredentialError, base_url=server.url, **arguments)
    assert str(error) == f"{server.host}: 401 authentication_error: invalid x-api-key; {advice}"


@pytest.mark.parametrize(("status", "body"), [(404, b""), (405, b""), (501, b""), (400, {"error": {"type": "no_db"}})])  # fmt: skip
def test_server_without_a_list_says_so(api, status, body):
    api.answer(status, body)
    with pytest.raises(
        APIError, match="; this server does not list models; check ANTHROPIC_BASE_URL"
    ) as caught:
        Client().list_models()
    assert isinstance(caught.value, UnavailableError) == (status == 501)
    assert len(api.paths) == 1  # None of them is retried.


def test_400_of_the_api_itself_is_not_about_the_list(api):
    api.answer(400, {"error": {"message": "limit", "type": "invalid_request_error"}})
    with pytest.raises(APIError) as caught:
        Client().list_models()
    assert "does not list" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://evil.test/v1/models", "https://evil.test/v1/models"),
        ("HTTPS://EVIL.TEST/A?key=1#b", "HTTPS://EVIL.TEST/A"),
        ("https://user:password@evil.test/x@y", "https://evil.test/x@y"),
        ("http://evil\x1b.test/", "http://evil .test/"),
        ("/elsewhere#x", "/elsewhere"),
        (f"https://evil.test/{KEY}", "https://evil.test/[credential]"),
    ],
)
def test_redirect_is_not_followed_and_shows_its_target_without_user_and_query(
    api, location, target
):
    api.answer(307, location=location)
    error = fails(APIError)
    assert f"307: redirected to {target}, which is not followed; check" in str(error)
    assert len(api.paths) == 1


NOT_JSON = [
    b"", b"<html>", b"{", b'{"id": NaN}', b'{"id": "a", "n": -Infinity}', b'{"id": "a", "n": 1e999}',
    '{"id": "a"}'.encode("utf-16"), b'{"id": "\xff"}', b"[" * 100_000, b"\x00", b'{"a":' * 995 + b"1" + b"}" * 995,
    b'{"id": "a"}'.ljust(4 * 2**20 + 1),
]  # fmt: skip


@pytest.mark.parametrize("body", NOT_JSON, ids=lambda value: repr(value)[:30])
def test_body_that_is_not_json_or_cannot_be_written_again_is_not_usable(api, body):
    api.answer(200, body)
    assert fails(UnavailableError).status == 200


@pytest.mark.parametrize(
    "body",
    [b'\xef\xbb\xbf{"id": "a"}', b'{"id": "a"}'.ljust(4 * 2**20), b'{"id": "a", "x": {"b": {"c": [{"d": [1]}]}}}',
     b'{"id": "a", "float": 1.5, "big": 12345678901234567890, "text": "\\ud800"}'],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_other_json_is_usable(api, body):
    api.answer(200, body)
    assert Client().get_model("claude-opus-5").id == "a"


def everything_shown(call):
    """Return all that a call shows: its error with the traceback and the local variables, its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            shown = repr(call())
        except (ClaudeModelError, ValueError) as error:
            lines = traceback.TracebackException.from_exception(error, capture_locals=True)
            shown = "".join(lines.format()) + repr(vars(error))
            assert error.__cause__ is error.__context__ is None
    return shown + "".join(str(warning.message) for warning in caught)


ECHOES = [
    KEY.encode(), b'"%s"' % KEY.encode(), json.dumps({"error": {"message": KEY, "type": KEY}, "request_id": KEY}).encode(),
    b"<html><title>%s</title>" % KEY.encode(), b"x" * (4 * 300 - 5) + KEY.encode(), b" " * 300 + KEY.encode() * 20,
]  # fmt: skip


@pytest.mark.parametrize("status", [200, 302, 400, 401, 500])
@pytest.mark.parametrize("settings", [{"api_key": KEY}, {"auth_token": KEY}])
def test_echoed_credential_is_in_no_message_and_no_local_variable(server, status, settings):
    client = Client(base_url=server.url, max_retries=0, **settings)
    for body in ECHOES:
        server.answer(status, body, request_id=KEY, location=f"/{KEY}")
        shown = everything_shown(lambda: client.get_model("claude-opus-5"))
        if status != 200:
            server.answer(status, body, location=f"/{KEY}")
            shown += everything_shown(client.list_models)
        for start in range(0, len(KEY) - 12, 4):
            assert KEY[start : start + 12] not in shown


def test_error_without_an_answer_has_no_credential_in_its_local_variables(listen):
    for port, timeout in ((1, 2), (listen(lambda connection: iter(lambda: b"", 1)).port, 0.3)):
        url = f"http://127.0.0.1:{port}"
        client = Client(api_key=KEY, base_url=url, max_retries=0, timeout=timeout)
        assert KEY not in everything_shown(lambda client=client: client.get_model("claude-opus-5"))


def test_custom_values_of_16_characters_on_are_cut_out_of_messages(api, monkeypatch):
    headers = "x-a: Bearer gateway-secret-16\nx-b: fifteen-letters"
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", headers)
    message = "gateway-secret-16 fifteen-letters Bearer gateway-secret-16"
    api.answer(400, {"error": {"message": message}})
    assert fails(APIError).reason.endswith("400: [credential] fifteen-letters [credential]")


@pytest.mark.parametrize(("length", "is_secret"), [(15, False), (16, True)])
def test_credential_is_a_secret_from_16_characters_on(server, length, is_secret):
    key = "k" * length
    server.answer(400, key.encode())
    assert (key not in str(fails(APIError, api_key=key, base_url=server.url))) == is_secret


def test_answers_are_never_altered(server, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "lmstudio")
    model_id = "lmstudio-community/llama-3.1-8b"
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", f"x-default-model: {model_id}")
    server.models = [row(model_id)]
    assert resolve(model_id).raw == server.models[0]


SECRET = "sk-ant-SeCrEt-and-more"
AWKWARD = [
    *string.whitespace, "\x00", "\x1b", "\x7f", "\x80", "\xa0", "\xe9", "\u2028", "\u201c",
    "\udcff", "\ufeff", ":", "%", "\\", '"', "'", "$", "{", "%0A", "::", "##[", "\U0001f600",
]  # fmt: skip


@pytest.mark.parametrize("place", ["api_key", "auth_token", "x-api-key: ", "Authorization: Bearer "])  # fmt: skip
def test_awkward_credential_is_sent_whole_or_refused_and_never_shown(server, monkeypatch, place):
    def echo(path):
        sent = server.requests[-1][2]
        credential = sent["x-api-key"] or sent["authorization"]
        return 400, json.dumps({"error": {"message": credential, "type": credential}}).encode(), {}

    server.respond = echo
    for mark in AWKWARD:
        for credential in (SECRET + mark, mark + SECRET, SECRET + mark + SECRET):
            client = Client(base_url=server.url)
            if place in ("api_key", "auth_token"):
                client = Client(base_url=server.url, **{place: credential})
            elif "\x00" in mark:
                continue  # No variable of the environment holds it.
            else:
                monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", place + credential)
            with pytest.raises((ClaudeModelError, ValueError)) as caught:
                client.get_model("claude-opus-5")
            assert SECRET not in f"{caught.value} {client!r}"
    for _, _, headers in server.requests:
        assert all(value.isascii() and value.isprintable() for value in headers.values())


def test_no_traceback_shows_a_private_class(api):
    api.answer(200, b"<html>", times=2)
    with pytest.raises(UnavailableError) as caught:
        resolve("claude-opus-5")
    shown = "".join(traceback.format_exception(caught.type, caught.value, caught.tb))
    assert "claude_model.UnavailableError: " in shown
    assert "claude_model._" not in shown
    assert issubclass(claude_model.UnavailableError, claude_model.APIError)
