"""The wire: retries, time limits, errors, redirects, proxies, and what hostile servers send."""

import contextlib
import http.client
import json
import random
import socket
import time

import pytest
from conftest import KEY, OPUS_5

import claude_model
from claude_model import APIError, Client, CredentialError, ModelNotFoundError

FAST = {"retry-after-ms": "1"}


def refused():
    """Return what this system calls a refused connection."""
    with contextlib.closing(socket.socket()) as connection:
        try:
            connection.connect(("127.0.0.1", 1))
        except OSError as error:
            return error.strerror
    raise AssertionError("a server listens on port 1")


REFUSED = refused()


def ask(**settings):
    return Client(**settings).get_model("claude-opus-5")


def failure(**settings):
    with pytest.raises(APIError) as caught:
        ask(**settings)
    return caught.value


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529, 599])
def test_transient_status_is_retried_twice(api, status):
    api.answers = [(status, b"", FAST)] * 2
    assert ask().id == "claude-opus-5"
    api.answers = [(status, b"", FAST)] * 3
    error = failure()
    assert str(error) == f"{api.url[7:]}: {status}: empty body; try again later"
    assert error.status == status
    assert len(api.paths) == 6


@pytest.mark.parametrize("status", [400, 402, 405, 407, 413, 418, 422])
def test_other_status_is_not_retried(api, status):
    api.answer(status)
    assert failure().status == status
    assert len(api.paths) == 1


def test_x_should_retry_decides(api):
    api.answers = [(400, b"", {"x-should-retry": "true", **FAST}), (503, b"", {"x-should-retry": "false"})]
    assert failure().status == 503
    assert len(api.paths) == 2
    api.answers = [(503, b"", {"x-should-retry": "perhaps", **FAST})]
    assert ask().id == "claude-opus-5"


def test_max_retries_bounds_the_retries(api):
    api.answers = [(500, b"", FAST)] * 5
    assert ask(max_retries=5).id == "claude-opus-5"
    api.answers = [(500, b"", FAST)]
    assert failure(max_retries=0).status == 500


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "100", "retry-after": "60"}, 0.1),
        ({"retry-after-ms": "100.5"}, 0.1005),
        ({"retry-after": "0.1"}, 0.1),
        ({"retry-after": "0"}, 0),
        ({"retry-after-ms": "junk", "retry-after": "0.1"}, 0.1),
    ],
)
def test_wait_is_what_the_server_asks_for(api, headers, seconds):
    api.answers = [(529, b"", headers)]
    start = time.monotonic()
    ask()
    assert seconds <= time.monotonic() - start < seconds + 1  # A busy machine may add some.


@pytest.mark.parametrize(
    "headers",
    [{}, *({"retry-after": text} for text in ("soon", "nan", "inf", "-5", "", "1e-9", "Thu, 01 Jan 2099 00:00:00 GMT"))],
)
def test_wait_is_at_least_three_eighths_of_a_second_without_a_number(api, headers):
    api.answers = [(529, b"", headers)]
    assert failure(timeout=0.375).status == 529  # The wait would outlast the timeout.


def test_waits_double(api):
    api.answers = [(529, b"", {})] * 2
    start = time.monotonic()
    ask()
    assert 0.375 + 0.75 <= time.monotonic() - start < 0.5 + 1 + 0.5


@pytest.mark.parametrize(
    "headers",
    [{"retry-after": "6"}, {"retry-after": "9" * 400}],
)
def test_wait_that_outlasts_the_timeout_ends_the_call_at_once(api, headers):
    api.answers = [(429, b"", headers)]
    start = time.monotonic()
    assert failure(timeout=5).status == 429
    assert time.monotonic() - start < 2


def test_wait_that_outlasts_the_timeout_ends_the_call_at_once_without_headers(api):
    api.answers = [(529, b"", {})] * 4
    assert failure(timeout=1.1, max_retries=3).status == 529  # The second wait would end after 1.125 s.
    assert len(api.paths) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credential_names_what_holds_it(api, status, monkeypatch):
    body = {
        "type": "error",
        "error": {"type": "authentication_error", "message": "invalid x-api-key"},
        "request_id": "req_1",
    }
    text = f"{api.url[7:]}: {status} authentication_error: invalid x-api-key (request req_1); check "
    for settings, place in (
        ({}, "ANTHROPIC_API_KEY"),
        ({"auth_token": "t"}, "auth_token (ANTHROPIC_API_KEY not used)"),
        ({"api_key": "k"}, "api_key (ANTHROPIC_API_KEY not used)"),
    ):
        api.answer(status, body)
        with pytest.raises(CredentialError) as caught:
            ask(**settings)
        assert str(caught.value) == text + place
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "x-api-key: a")
    api.answer(status, body)
    with pytest.raises(CredentialError, match=" check ANTHROPIC_CUSTOM_HEADERS"):
        ask()


def test_error_holds_status_type_and_request_id(api):
    api.answer(
        400,
        {"error": {"type": "invalid_request_error", "message": "no"}, "request_id": "req_b"},
        request_id="req_h",
    )
    error = failure()
    assert (error.status, error.type, error.request_id) == (400, "invalid_request_error", "req_h")
    assert str(error) == f"{api.url[7:]}: 400 invalid_request_error: no (request req_h)"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"plain text", "plain text"),
        (b"<?xml?><Code>Denied</Code>", "<?xml?><Code>Denied</Code>"),
        (b"[1]", "[1]"),
        (b"5", "5"),
        (b"null", "null"),
        (b'"text"', '"text"'),
        (b'{"error": "flat"}', '{"error": "flat"}'),
        (b'{"error": null}', '{"error": null}'),
        (b'{"error": {"message": null, "type": []}}', '{"error": {"message": null, "type": []}}'),
        (b'{"error": {"message": "a\\u001b[31m\\u0000\\u202e\\nb"}}', "a [31m b"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"error": {"message": "\\ud800x"}}', "x"),
        (b"[" * 100_000, "[" * 497 + "..."),
        (b"x" * 500, "x" * 500),
        (b"x" * 501, "x" * 497 + "..."),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_error_body_of_any_kind_is_shown_as_a_short_line(api, body, text):
    api.answer(404, body)
    with pytest.raises(APIError) as caught:
        Client().list_models()
    assert str(caught.value) == f"{api.url[7:]}: 404: {text}; this server does not list models; pass offline=True"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"<!DOCTYPE html><html><head><style>" + b"x" * 9_000 + b"</style><title>\n ERROR: Denied </title>", "'ERROR: Denied'"),
        (b" <HTML>\n <TITLE lang=en>Blocked &amp; logged</TITLE> <p>secret", "'Blocked &amp; logged'"),
        (b"<html><title>" + b"x" * 5_000 + b"</title>", f"'{'x' * 500}'"),
        (b"<html><b>Bad</b></html>", "without a title"),
        (b"<html><title></title>", "without a title"),
        (b"<html>" + b"<title" * 300_000, "without a title"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_only_the_title_of_an_html_page_is_shown(api, body, shown):
    api.answer(403, body)
    start = time.monotonic()
    with pytest.raises(CredentialError) as caught:
        ask()
    assert time.monotonic() - start < 2
    assert str(caught.value) == (
        f"{api.url[7:]}: 403: HTML page {shown}; a proxy, filter or gateway sent this, not the API"
    )


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [b"", b"Unauthorized", b'{"detail": "no"}', b"[]", b'{"error": "no"}', b'{"error": {}}'])
def test_refusal_without_the_json_of_the_api_names_who_sent_it(api, status, body):
    api.answer(status, body)
    with pytest.raises(CredentialError, match=r"; a proxy, filter or gateway sent this, not the API$"):
        ask()


def test_400_of_a_gateway_names_the_key_and_the_base_url(api):
    api.answer(400, {"error": {"message": "No connected db.", "type": "no_db_connection", "param": None, "code": "400"}})
    assert str(failure()) == (
        f"{api.url[7:]}: 400 no_db_connection: No connected db.; check ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL"
    )


@pytest.mark.parametrize("status", [429, 500, 529])
def test_no_advice_to_retry_if_the_server_says_that_it_does_not_help(api, status):
    error = {"type": "rate_limit_error", "message": "limit", "details": {"error_code": "enforced_spend_limit_reached"}}
    api.answer(status, {"error": error}, x_should_retry="false")
    assert str(failure()) == f"{api.url[7:]}: {status} rate_limit_error: limit; retrying does not help"


@pytest.mark.parametrize("encoding", ["gzip", "br", "x\x1b[31m"])
@pytest.mark.parametrize("status", [200, 404])
def test_compressed_body_is_named_as_that(api, encoding, status):
    api.answer(status, b"\x1f\x8b\x08", content_encoding=encoding)
    with pytest.raises(APIError) as caught:
        Client().list_models()
    assert f"compressed with {encoding.replace(chr(27), ' ')}, which was not requested" in str(caught.value)


def test_identity_encoding_is_not_compressed(api):
    api.answer(200, OPUS_5, content_encoding="identity")
    assert ask().id == "claude-opus-5"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{", b'{"id": NaN}', b'{"id": "a", "n": -Infinity}', b'{"id": "a", "n": 1e999}',
     '{"id": "a"}'.encode("utf-16"), b'\xef\xbb\xbf{"id": "a"}', b'{"id": "\xff"}', b"[" * 100_000, b"\x00", b"\x1f\x8b\x08gzip"],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_response_that_is_not_json_is_an_api_error(api, body):
    api.answer(200, body, request_id="req_1")
    error = failure()
    assert str(error).startswith(f"unexpected response from {api.url[7:]}: not JSON: ")
    assert str(error).endswith(" (request req_1); check ANTHROPIC_BASE_URL")
    assert (error.status, error.request_id) == (200, "req_1")
    assert len(api.paths) == 1


def test_integer_of_more_than_4300_digits_is_not_usable(api):
    # Python since 3.9.14 rejects it too; an older one takes minutes for a body that is full of digits.
    api.answers = [(200, b'{"id": "a", "n": ' + b"9" * digits + b"}", {}) for digits in (4300, 4301)]
    assert ask().raw["n"] == int("9" * 4300)
    assert "not JSON: an integer with too many digits" in str(failure())


@pytest.mark.parametrize("nest", ['{"a": %s}', "[%s]", '[1, {"a": %s}]'], ids=["objects", "arrays", "both"])
@pytest.mark.parametrize("depth", [70, 980, 988, 995, 1_000, 20_000])
def test_nesting_of_any_depth_is_not_usable(api, nest, depth):
    head, tail = nest.split("%s")
    body = b'{"id": "a", "n": %s}' % (head * depth + "1" + tail * depth).encode()
    api.answers = [(200, body, {}), (400, body, {}), (200, b'{"data": [%s]}' % body, {})]
    assert "not JSON: " in str(failure())
    assert failure().status == 400
    with pytest.raises(APIError, match="not JSON: "):
        Client().list_models()


def test_nesting_of_a_capability_is_usable(api):
    capabilities = {"a": {"b": {"c": [{"d": [1]}]}}}
    api.answer(200, {"id": "a", "capabilities": capabilities})
    assert ask().capabilities == capabilities


def test_numbers_of_json_are_read(api):
    api.answer(200, b'{"id": "a", "float": 1.5, "exponent": 1e3, "big": 12345678901234567890}')
    assert ask().raw == {"id": "a", "float": 1.5, "exponent": 1000.0, "big": 12345678901234567890}


@pytest.mark.parametrize("size", [2 * 2**20, 2 * 2**20 + 1])
def test_body_is_read_to_2_mib_at_most(api, size):
    api.answer(200, b'{"id": "claude-opus-5"}'.ljust(size))
    if size > 2 * 2**20:
        assert str(failure()) == (
            f"unexpected response from {api.url[7:]}: not JSON: larger than 2 MiB; check ANTHROPIC_BASE_URL"
        )
    else:
        assert ask().id == "claude-opus-5"


@pytest.mark.parametrize("status", [201, 204, 206, 226])
def test_success_that_is_not_200_is_not_usable(api, status):
    api.answer(status, OPUS_5 if status != 204 else b"")
    error = failure()
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
        (f"https://{KEY}.test/", "no valid address"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_refused_and_shows_its_target(api, status, location, target):
    api.answers = [(status, b"", {"location": location})]
    error = failure()
    shown = str(error).replace("https://[credential].test/", "no valid address")  # Python 3.9 accepts that one.
    assert shown == (
        f"{api.url[7:]}: {status}: empty body; it redirects to {target.format(url=api.url)}, which is not followed; "
        "check ANTHROPIC_BASE_URL"
    )
    assert error.status == status
    assert len(api.paths) == 1


@pytest.mark.parametrize("status", [300, 304])
def test_redirect_without_a_target_is_refused(api, status):
    api.answer(status)
    assert "it redirects to no valid address, which is not followed" in str(failure())


@pytest.mark.parametrize(
    "settings",
    [{"api_key": KEY}, {"auth_token": KEY}],
)
def test_echoed_credential_is_cut_out_wherever_it_comes_back(server, settings):
    echo = KEY.encode()
    for status in (200, 400, 401, 404, 500):
        for body in (echo, b'"' + echo + b'"', json.dumps({"id": f"a{KEY}", "line": KEY, KEY: [{"x": f"-{KEY}-"}]}).encode(),
                     json.dumps({"error": {"message": KEY, "type": KEY}, "request_id": KEY}).encode(),
                     b'{"error": {"message": "' + b"".join(b"\\u%04x" % c for c in echo) + b'"}}',
                     b'{"broken": "' + b"".join(b"\\u%04X" % c for c in echo), b"<html><title>" + echo):  # fmt: skip
            server.answers = [(status, body, {"request-id": KEY, "x-should-retry": "false"})]
            try:
                shown = repr(Client(base_url=server.url, **settings).get_model("claude-opus-5"))
                shown += json.dumps(Client(base_url=server.url, **settings).get_model("claude-opus-5").raw)
            except (APIError, CredentialError, ModelNotFoundError) as error:
                shown = f"{error} {vars(error)}"
            assert KEY not in shown
            assert "\\u006" not in shown


@pytest.mark.parametrize("escape", [False, True])
@pytest.mark.parametrize("cut", [1, len(KEY) // 2, len(KEY) - 1])
def test_credential_is_cut_out_before_a_long_body_is_cut(api, cut, escape):
    # Wherever the body is cut, no part of the credential is left before the cut.
    echo = "".join(f"\\u{ord(c):04x}" for c in KEY) if escape else KEY
    for length in (2_000, 20_000, 20_000 // 6):
        head = "<html><style>"
        title = head + "x" * (length - cut * (6 if escape else 1) - len(head) - len("<title>")) + "<title>"
        api.answer(403, (title + echo + "</title>").encode())
        with pytest.raises(CredentialError) as caught:
            ask()
        assert KEY[:5] not in str(caught.value)
        assert "\\u006" not in str(caught.value)


def test_short_dummy_credential_is_not_cut_out_of_words(server):
    assert Client(api_key="opus", base_url=server.url).get_model("claude-opus-5").id == "claude-opus-5"


def test_refused_connection_is_retried_and_names_the_host():
    start = time.monotonic()
    error = failure(api_key=KEY, base_url="http://127.0.0.1:1", max_retries=1)
    assert str(error) == (
        f"127.0.0.1:1: connection failed ({REFUSED}); check the network, base_url and the proxy settings"
    )
    assert error.status is None
    assert time.monotonic() - start >= 0.375


def test_connection_error_has_no_cause():
    error = failure(api_key=KEY, base_url="http://127.0.0.1:1", max_retries=0)
    assert error.__cause__ is None
    assert error.__context__ is None


def test_debuglevel_of_http_client_prints_no_request(api, capsys, monkeypatch):
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    assert ask().id == "claude-opus-5"
    monkeypatch.setenv("https_proxy", api.url)
    failure(base_url="https://h.test", max_retries=0)
    assert capsys.readouterr() == ("", "")


def test_custom_header_is_a_secret_and_cut_out(api, monkeypatch):
    monkeypatch.setenv(
        "ANTHROPIC_CUSTOM_HEADERS",
        "cf-access-client-secret: gateway-secret-1\nanthropic-beta: a-public-beta\nx-short: opus",
    )
    api.answer(400, {"error": {"type": "t", "message": "gateway-secret-1 a-public-beta opus"}})
    assert ": 400 t: [credential] a-public-beta opus; " in str(failure())


def test_secret_within_a_longer_secret_leaves_nothing_behind(api, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", f"x-long: {KEY}-and-more")
    api.answer(400, {"error": {"type": "t", "message": f"{KEY}-and-more"}})
    assert ": 400 t: [credential]; " in str(failure())


def test_407_is_never_retried(api):
    api.answers = [(407, b"", {"x-should-retry": "true", **FAST})]
    assert str(failure()) == f"{api.url[7:]}: 407: empty body; set the user and password of the proxy"
    assert len(api.paths) == 1


def test_backoff_doubles_to_8_seconds_with_up_to_a_quarter_off(monkeypatch):
    waits = []
    for _ in range(2):
        monkeypatch.setattr(random, "random", lambda: 1.0 if waits else 0.0)
        waits.append([claude_model._seconds_to_wait(claude_model._Response(529, ""), attempt) for attempt in range(7)])
    assert waits == [[0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0], [0.375, 0.75, 1.5, 3.0, 6.0, 6.0, 6.0]]
