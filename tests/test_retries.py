"""Retries: which errors are tried again, and after how long."""

import contextlib
import errno
import random
import socket
import time

import pytest
from helpers import FAST, KEY, row

import claude_model
from claude_model import APIError, Client, main


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
    assert isinstance(error, claude_model.UnavailableError)
    assert error.status == status
    assert len(api.paths) == 6


@pytest.mark.parametrize("status", [400, 402, 405, 407, 413, 418, 422, 501])
def test_other_status_is_not_retried(api, status):
    api.answer(status)
    assert failure().status == status
    assert len(api.paths) == 1


def test_x_should_retry_decides(api):
    api.answers = [
        (400, b"", {"x-should-retry": "true", **FAST}),
        (503, b"", {"x-should-retry": "false"}),
    ]
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
    [
        {},
        *(
            {"retry-after": text}
            for text in ("soon", "nan", "inf", "-5", "", "1e-9", "Thu, 01 Jan 2099 00:00:00 GMT")
        ),
    ],
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
    assert (
        failure(timeout=1.1, max_retries=3).status == 529
    )  # The second wait would end after 1.125 s.
    assert len(api.paths) == 2


def test_refused_connection_is_retried_and_names_the_host():
    start = time.monotonic()
    error = failure(api_key=KEY, base_url="http://127.0.0.1:1", max_retries=1)
    assert str(error) == (
        f"127.0.0.1:1: connection failed ({REFUSED}); check the network, base_url and the proxy settings"
    )
    assert error.status is None
    assert time.monotonic() - start >= 0.375


def test_407_is_never_retried(api):
    api.answers = [(407, b"", {"x-should-retry": "true", **FAST})]
    assert (
        str(failure()) == f"{api.url[7:]}: 407: empty body; set the user and password of the proxy"
    )
    assert len(api.paths) == 1


def test_backoff_doubles_to_8_seconds_with_up_to_a_quarter_off(monkeypatch):
    waits = []
    for _ in range(2):
        monkeypatch.setattr(random, "random", lambda: 1.0 if waits else 0.0)
        waits.append(
            [claude_model._seconds_to_wait(claude_model.UnavailableError(""), n) for n in range(7)]
        )
    assert waits == [[0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0], [0.375, 0.75, 1.5, 3.0, 6.0, 6.0, 6.0]]


def test_wait_is_announced_by_the_command_and_not_by_the_library(api, capsys):
    error = {"type": "overloaded_error", "message": "Overloaded"}
    api.answer(529, {"error": error}, retry_after="0.1")
    assert main(["opus"]) == 0
    wait = f"note: {api.url[7:]}: 529 overloaded_error; retrying in 0.1 s\n"
    assert capsys.readouterr() == ("claude-opus-5\n", wait)
    api.answer(503, b"", **{"retry-after-ms": "1"})
    assert Client().resolve("opus").id == "claude-opus-5"
    assert capsys.readouterr() == ("", "")


def test_success_is_not_retried_whatever_it_says(api):
    api.models = [row("claude-opus-5")]
    api.answer(200, api.models[0], x_should_retry="true")
    ask()
    assert len(api.paths) == 1


def test_timeout_of_the_system_is_retried_and_that_of_the_call_is_not(api):
    server = claude_model._Server(
        api.url, "", claude_model._EntryPoint(), claude_model._Deadline(5), 0, ""
    )
    request = claude_model._Request(api.url, {}, ())
    system, can_retry = server._failure(
        TimeoutError(errno.ETIMEDOUT, "Connection timed out"), request
    )
    assert (str(system).split("; ")[0], can_retry) == (
        f"{api.url[7:]}: connection failed (Connection timed out)",
        True,
    )
    call, can_retry = server._failure(TimeoutError(), request)
    assert (str(call).split("; ")[0], can_retry) == (f"{api.url[7:]}: timed out after 5 s", False)
