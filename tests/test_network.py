"""Retries and time limits: whatever a server does, a call ends in time with one clean error."""

import itertools
import os
import shutil
import subprocess
import sys
import threading
import time

import pytest
from helpers import KEY, LIST, ROOT
from rows import HAIKU_45
from sockets import CHUNKED, MODEL, OK, always, body, drip, length, reset, send, silence

import claude_model
from claude_model import APIError, Client, UnavailableError, main

# Seconds over the time limit. One is promised; a busy machine and coverage, which slows searches, take more.
LATE = 3 if sys.gettrace() is None else 10
FAST = {"retry_after_ms": "1"}


def ask(**settings):
    return Client(**settings).get_model("claude-opus-5").id


def fails(**settings):
    with pytest.raises(APIError) as caught:
        ask(**settings)
    return caught.value


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529, 599])
def test_transient_status_is_retried_twice(api, status):
    api.answer(status, times=2, **FAST)
    assert ask() == "claude-opus-5"
    api.answer(status, times=3, **FAST)
    error = fails()
    assert (type(error), error.status) == (UnavailableError, status)
    assert len(api.paths) == 6


@pytest.mark.parametrize("status", [200, 400, 402, 405, 418, 422, 501, 600])
def test_other_status_is_not_retried(api, status):
    api.answer(status, **FAST)
    assert fails().status == status
    assert len(api.paths) == 1


def test_x_should_retry_decides_about_errors(api):
    api.answer(400, x_should_retry="true", **FAST)
    api.answer(503, x_should_retry="false", **FAST)
    assert fails().status == 503
    assert len(api.paths) == 2
    api.answer(503, x_should_retry="perhaps", **FAST)
    api.answer(200, {"id": "a"}, x_should_retry="true")
    assert ask() == "a"
    assert len(api.paths) == 4


def test_max_retries_bounds_the_retries(api):
    api.answer(500, times=5, **FAST)
    assert ask(max_retries=5) == "claude-opus-5"
    api.answer(500, **FAST)
    assert fails(max_retries=0).status == 500


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after_ms": "400", "retry_after": "60"}, 0.4),
        ({"retry_after": "0.1"}, 0.1),
        ({"retry_after_ms": "junk", "retry_after": "0"}, 0),
    ],
)
def test_wait_is_what_the_server_asks_for(api, headers, seconds):
    api.answer(529, **headers)
    start = time.monotonic()
    ask()
    assert seconds <= time.monotonic() - start < seconds + LATE


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "-5", "1e-9", "Thu, 01 Jan 2099 00:00:00 GMT"])  # fmt: skip
def test_wait_without_a_number_is_over_a_third_of_a_second(api, text):
    api.answer(529, retry_after=text)
    assert fails(timeout=0.375).status == 529  # The wait would outlast the timeout.


@pytest.mark.parametrize(("attempt", "most"), [(0, 0.5), (1, 1), (3, 4), (4, 8), (5, 8), (2000, 8)])
def test_wait_doubles_up_to_8_seconds_less_up_to_a_quarter(attempt, most):
    waits = [claude_model._seconds_to_wait({}, attempt) for _ in range(99)]
    assert 0.75 * most <= min(waits) < 0.85 * most < max(waits) <= most


@pytest.mark.parametrize("retry_after", ["6", "9" * 400])
def test_wait_that_outlasts_the_timeout_ends_the_call_at_once(api, retry_after):
    api.answer(429, retry_after=retry_after)
    start = time.monotonic()
    assert fails(timeout=5).status == 429
    assert time.monotonic() - start < LATE


def test_connection_failure_is_retried_and_names_the_host(listen):
    answers = iter([reset, send(b"SSH-2.0-OpenSSH_9.6\r\n"), length(len(MODEL))])
    listener = listen(lambda connection: next(answers)(connection))
    start = time.monotonic()
    assert ask(api_key=KEY, base_url=f"http://127.0.0.1:{listener.port}") == "claude-opus-5"
    assert listener.connections == 3
    assert time.monotonic() - start >= 0.375 + 0.75  # The waits double.
    error = fails(api_key=KEY, base_url="http://127.0.0.1:1", max_retries=0)
    assert str(error).startswith("127.0.0.1:1: connection failed (")
    assert str(error).endswith("; check base_url and the proxy")
    assert error.status is None


def test_stalled_connection_leaves_time_for_the_next(listen):
    answers = iter([silence, length(len(MODEL)), silence])
    listener = listen(lambda connection: next(answers)(connection))
    settings = {"api_key": KEY, "base_url": f"http://127.0.0.1:{listener.port}"}
    start = time.monotonic()
    assert ask(**settings, timeout=1.5) == "claude-opus-5"
    assert time.monotonic() - start >= 0.5
    error = str(fails(**settings, timeout=0.3))
    assert "connection failed (timed out); retry, or raise the timeout" in error


def test_one_try_may_take_the_whole_time(listen):
    listener = listen(silence)
    start = time.monotonic()
    url = f"http://127.0.0.1:{listener.port}"
    error = fails(api_key=KEY, base_url=url, timeout=0.5, max_retries=0)
    assert 0.5 <= time.monotonic() - start < 0.5 + LATE
    assert "timed out after 0.5 s; retry, or raise the timeout" in str(error)


# What tests http.client alone is not here: it is one row for each kind of trouble.
HOSTILE = {
    "silence": silence, "closes at once": send(), "reset": reset,
    "drips the headers": drip(OK, b"x-header: y\r\n" * 9),
    "drips the body": drip(OK + b"content-length: 99\r\n\r\n", b" " * 99),
    "drips an error": drip(b"HTTP/1.1 400 Bad\r\ncontent-length: 99\r\n\r\n", b" " * 99),
    "endless body": always(OK + b"\r\n", b" " * 65536),
    "endless chunk size": always(CHUNKED, b"0" * 65536),
    "endless headers": always(OK, b"x: y\r\n" * 1000),
    "endless 100 Continue": always(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body shorter than its length": length(99),
    "chunk broken off": send(CHUNKED + b"ff\r\n" + MODEL),
    "not HTTP": send(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "status of 103": send(b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"\r\n" + MODEL),
    "integer of 5,000 digits": body(b'{"id": "a", "max_tokens": -' + b"9" * 5000 + b"}"),
    "4 MiB of lists": body(b"[" + b"[]," * (2**22 // 3 - 1) + b"[]]"),
}  # fmt: skip


@pytest.mark.parametrize("behave", HOSTILE.values(), ids=HOSTILE)
def test_hostile_server_ends_in_time_in_one_clean_error(listen, monkeypatch, capsys, behave):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{listen(behave).port}")
    start = time.monotonic()
    code = main(["--timeout", "0.2", "claude-opus-5"])
    assert time.monotonic() - start < 0.2 + LATE
    out, err = capsys.readouterr()
    assert (code, out, err[:7], err.count("\n")) == (3, "", "error: ", 1)
    assert len(err) < 700
    assert KEY not in err


def test_endless_body_is_read_up_to_4_mib(listen):
    pieces = itertools.chain([OK + b"\r\n"], itertools.repeat(b" " * 2**16))
    listener = listen(lambda connection: pieces)
    error = fails(api_key=KEY, base_url=f"http://127.0.0.1:{listener.port}", timeout=20)
    assert "larger than 4 MiB" in str(error)


def test_truncated_body_is_a_connection_failure(listen):
    listener = listen(length(len(MODEL) + 1))
    error = fails(api_key=KEY, base_url=f"http://127.0.0.1:{listener.port}", max_retries=0)
    assert "connection failed (the connection was closed before the end of" in str(error)


WORDS = " ".join(chr(97 + number % 26) * 2 + str(number) for number in range(60))[:200]
HOSTILE_ROWS = {
    "words": [{"id": f"a{number}", "display_name": WORDS} for number in range(5_000)],
    "alike": [{"id": f"claude-{'ab' * 90}-{number}"} for number in range(5_000)],
    "lines": [{"id": f"a{number}", "line": f"{'ba' * 95} {number}"} for number in range(5_000)],
    "one family": [{"id": f"p{number}/claude-opus-{number % 97}"} for number in range(5_000)],
}


@pytest.mark.parametrize("rows", HOSTILE_ROWS.values(), ids=HOSTILE_ROWS)
def test_search_of_5000_hostile_models_ends_in_time(api, capsys, rows):
    api.models = rows
    start = time.monotonic()
    names = [f"{'ab' * 90} {number}" for number in range(2_000)]
    assert main(["--timeout", "0.4", *names, "opus"]) == 3
    assert time.monotonic() - start < 0.4 + LATE
    assert " 0.4 s" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", [0.05] * 5)  # The thread and its caller race.
def test_answer_that_ends_at_the_deadline_is_late(seconds):
    deadline = claude_model._Deadline(seconds)
    with pytest.raises(TimeoutError):
        deadline.run(lambda: time.sleep(max(0, deadline.left)))


def test_endless_list_ends_in_time(api, capsys):
    pages = itertools.count()
    api.page = lambda query: {"data": [], "has_more": True, "last_id": f"cursor-{next(pages)}"}
    respond = api.respond
    api.respond = lambda path: time.sleep(0.05) or respond(path)
    start = time.monotonic()
    assert main(["--timeout", "0.3", "opus"]) == 3
    assert time.monotonic() - start < 0.3 + LATE
    assert capsys.readouterr().err.count("\n") == 1


def test_timeout_is_shared_by_all_the_requests_of_a_run(api, capsys):
    respond = api.respond
    api.respond = lambda path: time.sleep(0.2) or respond(path)
    start = time.monotonic()
    assert main(["--timeout", "0.7", *["claude-opus-5"] * 9]) == 3
    assert time.monotonic() - start < 0.7 + LATE
    assert " 0.7 s" in capsys.readouterr().err


def workers():
    return {thread for thread in threading.enumerate() if thread.name == "claude_model"}


def test_abandoned_thread_ends_with_the_next_piece(listen):
    listener = listen(drip(OK + b"content-length: 99\r\n\r\n", b" " * 99))
    before = workers()
    fails(api_key=KEY, base_url=f"http://127.0.0.1:{listener.port}", timeout=0.3, max_retries=0)
    deadline = time.monotonic() + 10
    while workers() - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not workers() - before


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("cc"), reason="needs cc and LD_PRELOAD")  # fmt: skip
def test_hanging_name_look_up_is_bounded_by_the_timeout(tmp_path):
    source = "unsigned sleep(unsigned);\nint getaddrinfo(void) { return -(int)sleep(20) - 2; }\n"
    (tmp_path / "hang.c").write_text(source)
    command = ["cc", "-shared", "-fPIC", "-w", "-o", "hang.so", "hang.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    env = {**os.environ, "ANTHROPIC_API_KEY": KEY, "LD_PRELOAD": str(tmp_path / "hang.so")}
    start = time.monotonic()
    command = [sys.executable, "claude_model.py", "--timeout", "0.5", "opus"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert time.monotonic() - start < 0.5 + LATE
    assert (done.returncode, done.stdout) == (3, "")
    assert "api.anthropic.com: timed out" in done.stderr


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".test"])
def test_name_that_cannot_be_is_an_error_without_a_retry(host):
    error = fails(api_key=KEY, base_url=f"https://{host}")
    assert str(error) == f"{host}: not a valid address; check base_url and the proxy"


def test_twenty_threads_share_a_client(api):
    client = Client()
    names = ["opus", "claude-opus-5", "sonnet", "Opus 4.8", "haiku"] * 4
    answers = [""] * len(names)

    def resolve(index):
        answers[index] = client.resolve(names[index]).id

    threads = [threading.Thread(target=resolve, args=(index,)) for index in range(len(names))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    opus, haiku = "claude-opus-5", HAIKU_45["id"]
    assert answers == [opus, opus, "claude-sonnet-5", "claude-opus-4-8", haiku] * 4
    assert api.paths.count(LIST) == 16
