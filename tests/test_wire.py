"""The wire: retries, time limits, errors, redirects, proxies, and what hostile servers send."""

import json
import sys
import time

import pytest
from conftest import KEY, OPUS_5

from claude_model import APIError, Client, CredentialError, ModelNotFoundError

FAST = {"retry-after-ms": "1"}


def ask(**settings):
    return Client(**settings).get_model("claude-opus-5")


def failure(**settings):
    with pytest.raises(APIError) as caught:
        ask(**settings)
    return caught.value


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529, 599])
def test_status_of_a_passing_trouble_is_retried_twice(api, status):
    api.answers = [(status, b"", FAST)] * 2
    assert ask().id == "claude-opus-5"
    api.answers = [(status, b"", FAST)] * 3
    error = failure()
    assert str(error) == f"{api.url[7:]} answered {status}: an empty body; try again later"
    assert error.status == status
    assert len(api.paths) == 6


@pytest.mark.parametrize("status", [400, 402, 405, 407, 413, 418, 422])
def test_status_of_a_lasting_trouble_is_not_retried(api, status):
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
        ({"retry-after-ms": "300", "retry-after": "60"}, (0.3, 0.37)),
        ({"retry-after": "0.3"}, (0.3, 0.37)),
        ({"retry-after": "0"}, (0, 0.1)),
        ({}, (0.375, 0.6)),
        ({"retry-after": "soon"}, (0.375, 0.6)),
        ({"retry-after": "nan"}, (0.375, 0.6)),
        ({"retry-after": "inf"}, (0.375, 0.6)),
        ({"retry-after": "-5"}, (0.375, 0.6)),
        ({"retry-after": ""}, (0.375, 0.6)),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:00 GMT"}, (0.375, 0.6)),
        ({"retry-after": "Thu, 01 Jan 2099 00:00:00 -0000"}, (0.375, 0.6)),
        ({"retry-after-ms": "junk", "retry-after": "0.3"}, (0.3, 0.37)),
    ],
)
def test_wait_is_what_the_server_asks_or_half_a_second_less_a_quarter(api, headers, seconds):
    api.answers = [(529, b"", headers)]
    start = time.monotonic()
    ask()
    assert seconds[0] <= time.monotonic() - start < seconds[1] + 0.5  # A busy machine may add some.


def test_waits_double(api):
    api.answers = [(529, b"", {})] * 2
    start = time.monotonic()
    ask()
    assert 0.375 + 0.75 <= time.monotonic() - start < 0.5 + 1 + 0.5


@pytest.mark.parametrize(
    "headers",
    [{"retry-after": "6"}, {"retry-after": "9" * 400}, {"retry-after": "Thu, 01 Jan 2099 00:00:00 GMT"}],
)
def test_wait_that_outlasts_the_timeout_ends_the_call_at_once(api, headers):
    api.answers = [(429, b"", headers)]
    start = time.monotonic()
    assert failure(timeout=5).status == 429
    assert time.monotonic() - start < 2


def test_wait_that_outlasts_the_timeout_ends_the_call_at_once_without_headers(api):
    api.answers = [(529, b"", {})] * 4
    start = time.monotonic()
    assert failure(timeout=2.5, max_retries=3).status == 529  # The third wait would end after 2.6 s.
    assert time.monotonic() - start < 2.4
    assert len(api.paths) == 3


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credential_names_what_holds_it(api, status, monkeypatch):
    body = {
        "type": "error",
        "error": {"type": "authentication_error", "message": "invalid x-api-key"},
        "request_id": "req_1",
    }
    said = f"{api.url[7:]} answered {status} authentication_error: invalid x-api-key (request req_1); check "
    for settings, place in (
        ({}, "ANTHROPIC_API_KEY"),
        ({"auth_token": "t"}, "auth_token"),
        ({"api_key": "k"}, "api_key"),
    ):
        api.answer(status, body)
        with pytest.raises(CredentialError) as caught:
            ask(**settings)
        assert str(caught.value) == said + place
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
    assert str(error) == f"{api.url[7:]} answered 400 invalid_request_error: no (request req_h)"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"plain text", "plain text"),
        (b"<html>\n <b>Bad</b>\r\n</html>", "<html> <b>Bad</b> </html>"),
        (b"[1]", "[1]"),
        (b"5", "5"),
        (b"null", "null"),
        (b'"text"', '"text"'),
        (b'{"error": "flat"}', '{"error": "flat"}'),
        (b'{"error": null}', '{"error": null}'),
        (b'{"error": {"message": 5, "type": []}}', '{"error": {"message": 5, "type": []}}'),
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
    api.answer(400, body)
    assert str(failure()) == f"{api.url[7:]} answered 400: {text}"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{", b'{"id": NaN}', b'{"id": "a", "n": -Infinity}', b'{"id": "a", "n": 1e999}',
     '{"id": "a"}'.encode("utf-16"), b'\xef\xbb\xbf{"id": "a"}', b'{"id": "\xff"}', b"[" * 100_000, b"\x00", b"\x1f\x8b\x08gzip"],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_answer_that_is_not_json_is_an_api_error(api, body):
    api.answer(200, body, request_id="req_1")
    error = failure()
    assert str(error).startswith(f"{api.url[7:]} answered 200")
    assert str(error).endswith(" (request req_1); that cannot be read as JSON, so check the base URL")
    assert (error.status, error.request_id) == (200, "req_1")
    assert len(api.paths) == 1


@pytest.fixture
def boundless_integers():
    """Let Python read integers of any length, as it did before 3.9.14."""
    if not hasattr(sys, "set_int_max_str_digits"):
        yield
        return
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    yield
    sys.set_int_max_str_digits(limit)


def test_integer_of_more_than_4300_digits_is_not_read(api, boundless_integers):
    api.answers = [(200, b'{"id": "a", "n": ' + b"9" * digits + b"}", {}) for digits in (4300, 4301)]
    assert ask().raw["n"] == int("9" * 4300)
    assert "cannot be read as JSON" in str(failure())


def test_numbers_of_json_are_read(api):
    api.answer(200, b'{"id": "a", "float": 1.5, "exponent": 1e3, "big": 12345678901234567890}')
    assert ask().raw == {"id": "a", "float": 1.5, "exponent": 1000.0, "big": 12345678901234567890}


@pytest.mark.parametrize("size", [8 * 2**20, 8 * 2**20 + 1])
def test_body_is_read_to_8_mib_at_most(api, size):
    api.answer(200, b'{"id": "claude-opus-5"}'.ljust(size))
    if size > 8 * 2**20:
        said = f"{api.url[7:]} answered 200: over 8388608 bytes; that cannot be read as JSON, so check the base URL"
        assert str(failure()) == said
    else:
        assert ask().id == "claude-opus-5"


@pytest.mark.parametrize(("value", "marks"), [(b"1", 1), (b"[]", 2), (b"{}", 2)])
def test_body_of_over_200_000_values_is_not_decoded(api, value, marks):
    # Every value but the first stands behind a comma or a bracket, and those are counted.
    values = [value] * ((200_000 - 2) // marks)
    api.answers = [(200, b'{"id": "a", "n": [' + b",".join(values) + b"]}", {})]
    assert ask().id == "a"
    api.answers = [(200, b'{"id": "a", "n": [' + b",".join([*values, value]) + b"]}", {})]
    said = f"{api.url[7:]} answered 200: over 200000 values; that cannot be read as JSON, so check the base URL"
    assert str(failure()) == said


@pytest.mark.parametrize("status", [201, 204, 206, 226])
def test_success_that_is_not_200_is_no_answer(api, status):
    api.answer(status, OPUS_5 if status != 204 else b"")
    assert failure().status == status


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://evil.test/v1/models", "evil.test"),
        ("//evil.test:8080/x", "evil.test:8080"),
        ("https://user:password@evil.test/x@y", "evil.test"),
        ("http://evil\x1b.test/", "evil .test"),
        ("/elsewhere", "no other host"),
        ("https://[::1", "[::1"),
        ("", "no other host"),
        (f"https://{KEY}.test/", "[credential].test"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_refused_and_names_its_host(api, status, location, host):
    api.answers = [(status, b"", {"location": location})]
    error = failure()
    assert str(error) == (
        f"{api.url[7:]} answered {status}: an empty body; it redirects to {host}, and redirects are not followed; "
        "check the base URL"
    )
    assert error.status == status
    assert len(api.paths) == 1


@pytest.mark.parametrize("status", [300, 304])
def test_redirect_without_a_target_is_refused(api, status):
    api.answer(status)
    assert "it redirects to no other host" in str(failure())


@pytest.mark.parametrize(
    "settings",
    [{"api_key": KEY}, {"auth_token": KEY}],
)
def test_echoed_credential_is_cut_out_wherever_it_comes_back(server, settings):
    echo = KEY.encode()
    for status in (200, 400, 401, 404, 500):
        for body in (echo, b'"' + echo + b'"', json.dumps({"id": f"a{KEY}", "line": KEY, KEY: [{"x": f"-{KEY}-"}]}).encode(),
                     json.dumps({"error": {"message": KEY, "type": KEY}, "request_id": KEY}).encode(),
                     b'{"error": {"message": "' + b"".join(b"\\u%04x" % c for c in echo) + b'"}}'):  # fmt: skip
            server.answers = [(status, body, {"request-id": KEY, "x-should-retry": "false"})]
            try:
                shown = repr(Client(base_url=server.url, **settings).get_model("claude-opus-5"))
                shown += json.dumps(Client(base_url=server.url, **settings).get_model("claude-opus-5").raw)
            except (APIError, CredentialError, ModelNotFoundError) as error:
                shown = f"{error} {vars(error)}"
            assert KEY not in shown


def test_short_dummy_credential_is_not_cut_out_of_words(server):
    assert Client(api_key="opus", base_url=server.url).get_model("claude-opus-5").id == "claude-opus-5"


def test_refused_connection_is_retried_and_names_the_host():
    start = time.monotonic()
    error = failure(api_key=KEY, base_url="http://127.0.0.1:1", max_retries=1)
    assert str(error) == (
        "could not reach 127.0.0.1:1 (Connection refused); check the network, the base URL and the proxy settings"
    )
    assert error.status is None
    assert time.monotonic() - start >= 0.375


def test_connection_error_leaves_no_cause_behind():
    error = failure(api_key=KEY, base_url="http://127.0.0.1:1", max_retries=0)
    assert error.__cause__ is None
    assert error.__context__ is None
