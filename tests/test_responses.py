"""Responses: which are usable, and what is said of the others."""

import json
import time

import pytest
from helpers import KEY, OPUS_5, fails

import claude_model
from claude_model import APIError, Client, CredentialError, UnavailableError, main

NO_LIST = "this server does not list models; check ANTHROPIC_BASE_URL, or "


def response(body, status=400, headers=(), secrets=()):
    """Return a response as the server class makes it from a body."""
    headers = dict(headers)
    request = claude_model._Request("", {}, secrets)
    decoded = claude_model._decode(body, headers.get("content-encoding", "identity"))
    return claude_model._Response(status, headers, body, request, *decoded)


def test_error_has_status_type_and_request_id(api):
    body = {"error": {"type": "invalid_request_error", "message": "no"}, "request_id": "req_b"}
    api.answer(400, body, request_id="req_h")
    api.answer(400, body)
    error = fails(APIError)
    assert (error.status, error.type, error.request_id) == (400, "invalid_request_error", "req_h")
    assert str(error) == (
        f"{api.url[7:]}: 400 invalid_request_error: no (request req_h); check ANTHROPIC_BASE_URL"
    )
    assert error.reason == f"{api.url[7:]}: 400 invalid_request_error: no (request req_h)"
    assert fails(APIError).request_id == "req_b"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "empty body"),
        (b"plain text", "plain text"),
        (b"<?xml?><Code>Denied</Code>", "<?xml?><Code>Denied</Code>"),
        (b"[1]", "[1]"),
        (b"null", "null"),
        (b'"text"', '"text"'),
        (b'{"error": "flat"}', '{"error": "flat"}'),
        (b'{"error": null}', '{"error": null}'),
        (b'{"detail": "Not Found"}', '{"detail": "Not Found"}'),
        (b'{"error": {"message": null, "type": []}}', '{"error": {"message": null, "type": []}}'),
        (b'{"error": {"message": "a\\u001b[31m\\u0000\\u202e\\nb"}}', "a [31m b"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"error": {"message": "\\ud800x"}}', "x"),
        (b"[" * 100_000, "[" * 497 + "..."),
        (b"x" * 500, "x" * 500),
        (b"x" * 501, "x" * 497 + "..."),
        (
            b"<!DOCTYPE html><html><style>"
            + b"x" * 9_000
            + b"</style><title>\n ERROR: Denied </title>",
            "HTML page 'ERROR: Denied'",
        ),
        (
            b" <HTML>\n <TITLE lang=en>Blocked &amp; logged</TITLE> <p>secret",
            "HTML page 'Blocked &amp; logged'",
        ),
        (b"<html><title>" + b"x" * 5_000 + b"</title>", f"HTML page '{'x' * 500}'"),
        (b"<html><b>Bad</b></html>", "HTML page without a title"),
        (b"<html><title></title>", "HTML page without a title"),
        (b"<html>" + b"<title" * 300_000, "HTML page without a title"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_servers_own_words_are_one_short_line(body, text):
    start = time.monotonic()
    assert response(body).message == text
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("status", [404, 405, 501])
def test_list_with_the_status_of_no_list_says_so(api, status, capsys):
    api.answers = [(status, b'{"detail": "Not Found"}', {})] * 2
    with pytest.raises(APIError) as caught:
        Client().list_models()
    words = f'{api.url[7:]}: {status}: {{"detail": "Not Found"}}; {NO_LIST}'
    assert str(caught.value) == f"{words}use claude_model.resolve(name, offline=True)"
    assert main(["sonnet"]) == 3
    assert capsys.readouterr().err == f"error: {words}pass --offline\n"
    assert len(api.paths) == 2  # 501 is not retried.
    assert isinstance(caught.value, UnavailableError) is (status == 501)


def test_400_of_a_gateway_for_the_list_says_that_it_has_none_and_that_of_the_api_does_not(api):
    api.answer(400, {"error": {"message": "No connected db.", "type": "no_db_connection"}})
    with pytest.raises(APIError, match=f"400 no_db_connection: No connected db.; {NO_LIST}"):
        Client().list_models()
    api.answer(400, {"error": {"message": "limit", "type": "invalid_request_error"}})
    with pytest.raises(APIError) as caught:
        Client().list_models()
    assert "does not list" not in str(caught.value)


def test_server_of_the_api_without_a_list_is_not_blamed_on_a_base_url(server, monkeypatch):
    no_list = claude_model._API._page
    api = claude_model._API.__new__(claude_model._API)
    api._entry_point = claude_model._EntryPoint()
    api._server = claude_model._Server(
        server.url, "", api._entry_point, claude_model._Deadline(5), 0, ""
    )
    with pytest.raises(APIError, match=r"does not list models; use claude_model\.resolve"):
        no_list(api, response(b"", 404))


def test_other_error_of_a_gateway_names_credential_and_base_url(api):
    api.answer(422, {"error": {"message": "No", "type": "x"}})
    assert str(fails(APIError)).endswith(
        ": 422 x: No; check ANTHROPIC_API_KEY; many gateways read ANTHROPIC_AUTH_TOKEN instead; check ANTHROPIC_BASE_URL"
    )


@pytest.mark.parametrize("status", [429, 529])
def test_transient_error_says_to_try_again_unless_the_server_says_that_it_does_not_help(
    api, status
):
    error = {"type": "rate_limit_error", "message": "limit"}
    api.answer(status, {"error": error}, x_should_retry="false")
    what = f"{api.url[7:]}: {status} rate_limit_error: limit"
    assert str(fails(UnavailableError)) == f"{what}; retrying does not help"
    api.answer(status, {"error": error})
    assert (
        str(fails(UnavailableError, max_retries=0))
        == f"{what}; try again later, or check ANTHROPIC_BASE_URL"
    )


@pytest.mark.parametrize("encoding", ["gzip", "br", "x\x1b[31m"])
@pytest.mark.parametrize("status", [200, 404])
def test_compressed_body_is_named_as_that(api, encoding, status):
    api.answer(status, b"\x1f\x8b\x08", content_encoding=encoding)
    with pytest.raises(APIError, match=r"compressed with .+, which was not requested") as caught:
        Client().list_models()
    assert "\x1b" not in str(caught.value)


def test_identity_encoding_is_not_compressed(api):
    api.answer(200, OPUS_5, content_encoding="identity")
    assert Client().get_model("claude-opus-5").id == "claude-opus-5"


NOT_JSON = [
    b"",
    b"<html>",
    b"{",
    b'{"id": NaN}',
    b'{"id": "a", "n": -Infinity}',
    b'{"id": "a", "n": 1e999}',
    '{"id": "a"}'.encode("utf-16"),
    b'{"id": "\xff"}',
    b'{"id": "a", "n": ' + b"9" * 4301 + b"}",
    b"[" * 100_000,
    b"\x00",
    b"\x1f\x8b\x08gzip",
]


@pytest.mark.parametrize("body", NOT_JSON, ids=lambda value: repr(value)[:30])
def test_body_that_is_not_json_is_not_decoded(body):
    assert not response(body).is_json


def test_response_that_is_not_json_is_unusable_and_shows_the_servers_words(api):
    api.answer(200, b"hello", request_id="req_1")
    error = fails(UnavailableError)
    what = f"unexpected response from {api.url[7:]}: not JSON: hello (request req_1)"
    assert str(error) == f"{what}; check ANTHROPIC_BASE_URL"
    assert (error.status, error.request_id) == (200, "req_1")
    assert len(api.paths) == 1


def test_json_of_another_shape_shows_the_servers_words(api, capsys):
    api.answer(200, {"code": 500, "msg": "404 NOT_FOUND", "success": False})
    assert main(["sonnet"]) == 3
    assert 'not a list of models: {"code": 500, "msg": "404 NOT_FOUND"' in capsys.readouterr().err


@pytest.mark.parametrize(
    "body", [b'{"id": "a", "n": ' + b"9" * 4300 + b"}", b'\xef\xbb\xbf{"id": "a"}']
)
def test_long_integer_and_a_byte_order_mark_are_json(api, body):
    api.answer(200, body)
    assert Client().get_model("claude-opus-5").id == "a"


def test_numbers_of_json_are_read(api):
    api.answer(200, b'{"id": "a", "float": 1.5, "exponent": 1e3, "big": 12345678901234567890}')
    raw = Client().get_model("claude-opus-5").raw
    assert raw == {"id": "a", "float": 1.5, "exponent": 1000.0, "big": 12345678901234567890}


@pytest.mark.parametrize(
    "nest", ['{"a": %s}', "[%s]", '[1, {"a": %s}]'], ids=["objects", "arrays", "both"]
)
@pytest.mark.parametrize("depth", [70, 980, 995, 1_000, 20_000])
def test_nesting_of_any_depth_is_not_usable(nest, depth):
    head, tail = nest.split("%s")
    assert not response((head * depth + "1" + tail * depth).encode()).is_json


def test_deep_nesting_ends_in_one_error(api):
    body = b'{"data": %s}' % (b"[" * 900 + b"]" * 900)
    api.answers = [(200, body, {}), (400, body, {})]
    with pytest.raises(UnavailableError, match="not JSON: nested too deeply"):
        Client().list_models()
    assert fails(APIError).status == 400


def test_nesting_of_a_capability_is_usable(api):
    capabilities = {"a": {"b": {"c": [{"d": [1]}]}}}
    api.answer(200, {"id": "a", "capabilities": capabilities})
    assert Client().get_model("claude-opus-5").capabilities == capabilities


def test_body_is_read_to_2_mib_at_most(api):
    body = b'{"id": "claude-opus-5"}'
    api.answers = [(200, body.ljust(2 * 2**20), {}), (200, body.ljust(2 * 2**20 + 1), {})]
    assert Client().get_model("claude-opus-5").id == "claude-opus-5"
    assert ": not JSON: larger than 2 MiB; check ANTHROPIC_BASE_URL" in str(fails(UnavailableError))


def test_pages_are_read_to_8_mib_together(api):
    rows = [{"id": "claude-opus-5", "padding": "x" * (2 * 2**20 - 200)}]
    for number in range(6):
        api.answer(200, {"data": rows, "has_more": True, "last_id": f"c{number}"})
    with pytest.raises(UnavailableError, match="the model list has over 5000 models or 8 MiB"):
        Client().list_models()
    assert len(api.paths) == 5


@pytest.mark.parametrize("status", [201, 204, 206, 226])
def test_success_that_is_not_200_is_not_usable(api, status):
    api.answer(status, OPUS_5 if status != 204 else b"")
    error = fails(UnavailableError)
    assert error.status == status
    assert str(error).startswith(f"unexpected response from {api.url[7:]}: status {status}, ")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://evil.test/v1/models", "https://evil.test/v1/models"),
        ("HTTPS://EVIL.TEST/A?key=1#b", "https://EVIL.TEST/A"),
        ("//evil.test:8080/x", "http://evil.test:8080/x"),
        ("https://user:password@evil.test/x@y", "https://evil.test/x@y"),
        ("http://evil\x1b.test/", "http://evil .test/"),
        ("/elsewhere", "{url}/elsewhere"),
        ("https://[::1", "no valid address"),
        (f"https://evil.test/{KEY}", "https://evil.test/[credential]"),
        (None, "no valid address"),
    ],
)
def test_target_of_a_redirect_is_shown_without_user_query_and_credential(server, location, target):
    asked = claude_model._Server(
        server.url, "X", claude_model._EntryPoint(), claude_model._Deadline(5), 0, ""
    )
    headers = {"location": location} if location else {}
    error = asked.error(response(b"", 302, headers, (KEY,)))
    shown = target.format(url=server.url)
    assert str(error) == (
        f"{server.url[7:]}: 302: empty body; it redirects to {shown}, which is not followed; check X"
    )


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_redirect_is_not_followed(api, status):
    api.answer(status, location=f"{api.url}/elsewhere")
    error = fails(APIError)
    assert (error.status, len(api.paths)) == (status, 1)
    assert not isinstance(error, UnavailableError)


def test_refusal_of_a_web_page_shows_its_title_only(api):
    api.answer(403, b"<html><title>Blocked</title><p>secret")
    assert ": 403: HTML page 'Blocked'; a proxy, filter or gateway sent this" in str(
        fails(CredentialError)
    )


def test_connection_error_has_no_cause():
    error = fails(UnavailableError, api_key=KEY, base_url="http://127.0.0.1:1", max_retries=0)
    assert error.__cause__ is None
    assert error.__context__ is None


def test_answer_is_decoded_once_and_kept_as_sent(api, capsys):
    sent = {"id": "claude-opus-5", "lifecycle": "active", "odd": ["\u00e9", None, True]}
    api.models = [sent]
    assert main(["--json", "claude-opus-5"]) == 0
    assert json.loads(capsys.readouterr().out) == sent
