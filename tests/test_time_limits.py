"""Time limits: whatever a server does, a call ends in time with one clean error."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
import time

import pytest
from helpers import KEY, ROOT
from sockets import CHUNKED, MODEL, OK, always, body, drip, length, reset, send, silence

import claude_model
from claude_model import APIError, Client, main

TIMEOUT = 0.2


HOSTILE = {
    "silence": silence,
    "closes at once": send(),
    "reset": reset,
    "drips the status line": drip(b"", OK * 9),
    "drips the headers": drip(OK, b"x-header: y\r\n" * 9),
    "drips the body": drip(OK + b"content-length: 99\r\n\r\n", b" " * 99),
    "drips the body to its end": drip(OK + b"\r\n", b" " * 99),
    "drips the chunks": drip(CHUNKED, b"1\r\n \r\n" * 20),
    "drips the error's body": drip(b"HTTP/1.1 400 Bad\r\ncontent-length: 99\r\n\r\n", b" " * 99),
    "endless body": always(OK + b"\r\n", b" " * 65536),
    "endless body of an error": always(
        b"HTTP/1.1 500 Bad\r\nx-should-retry: false\r\n\r\n", b" " * 65536
    ),
    "endless chunks": always(CHUNKED, b"400\r\n" + b" " * 1024 + b"\r\n"),
    "endless chunk size": always(CHUNKED, b"0" * 65536),
    "endless trailers": always(CHUNKED + b"0\r\n", b"x: y\r\n" * 1000),
    "endless headers": always(OK, b"x: y\r\n" * 1000),
    "endless header": always(OK + b"x: ", b"y" * 65536),
    "endless status line": always(b"HTTP/1.1 200 ", b"y" * 65536),
    "endless 100 Continue": always(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "length too long": length(99),
    "length absurd": length(10**30),
    "length too short": length(5),
    "length negative, no body": length(-1, b""),
    "length of letters, no body": length("x", b""),
    "chunk broken off": send(CHUNKED + b"ff\r\n" + MODEL),
    "chunk size of letters": send(CHUNKED + b"xyz\r\n" + MODEL),
    "chunk size negative": send(CHUNKED + b"-5\r\n" + MODEL),
    "not HTTP": send(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "status of letters": send(b"HTTP/1.1 abc OK\r\n\r\n"),
    "status of 9999": send(b"HTTP/1.1 9999 OK\r\n\r\n"),
    "status of 99": send(b"HTTP/1.1 99 OK\r\n\r\n"),
    "status of 101": send(b"HTTP/1.1 101 Switching\r\n\r\n"),
    "status of 999": send(b"HTTP/1.1 999 No\r\n\r\n"),
    "HTTP/0.9": send(MODEL),
    "gzip unasked": send(OK + b"content-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08"),
    "header without a colon": send(OK + b"nonsense\r\n\r\n"),
    "integer of 5,000 digits": body(b'{"id": "a", "max_tokens": -' + b"9" * 5000 + b"}"),
    "NUL": body(b"\x00" * 100),
    "nested 100,000 deep": body(b'{"a":' * 100_000),
    "nested 988 deep": body(b"[" * 988 + b"]" * 988),
    "2 MiB of lists": body(b"[" + b"[]," * (2**21 // 3 - 1) + b"[]]"),
    "2 MiB of models": body(b"[" + b'{"id":"a"},' * (2**21 // 11 - 1) + b"{}]"),
    "2 MiB of digits": body(b"[" + b"9" * (2**21 - 2) + b"]"),
    "8 MiB of a name": body(b'{"id": "a", "display_name": "' + b"word " * (2**23 // 5) + b'"}'),
}


@pytest.mark.parametrize("behave", HOSTILE.values(), ids=HOSTILE)
def test_hostile_server_ends_in_time_in_one_clean_error(listen, monkeypatch, capsys, behave):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{listen(behave).port}")
    start = time.monotonic()
    code = main(["--timeout", str(TIMEOUT), "claude-opus-5"])
    assert time.monotonic() - start < TIMEOUT + 1
    out, err = capsys.readouterr()
    assert (code, out) == (3, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert len(err) < 900
    assert KEY not in err


def test_response_that_is_not_http_is_retried_and_named(listen):
    listener = listen(send(b"SSH-2.0-OpenSSH_9.6\r\n"))
    with pytest.raises(APIError) as caught:
        Client(api_key=KEY, base_url=f"http://127.0.0.1:{listener.port}", max_retries=1).get_model(
            "claude-opus-5"
        )
    assert str(caught.value) == (
        f"127.0.0.1:{listener.port}: invalid or incomplete HTTP response (BadStatusLine); "
        "check the network, base_url and the proxy settings"
    )
    assert listener.connections == 2


def page(rows, **more):
    content = json.dumps({"data": rows, **more}).encode()
    return length(len(content), content)


WORDS = [chr(97 + number % 26) * 2 + str(number) for number in range(60)]


HOSTILE_ROWS = {
    "small": [{"id": f"a{number}"} for number in range(5_000)],
    "words": [
        {"id": f"a{number}", "display_name": " ".join(WORDS)[:200]} for number in range(5_000)
    ],
    "near": [
        {"id": f"claude-{number}", "display_name": "ab" * 95 + f" {number}"}
        for number in range(5_000)
    ],
    "lines": [{"id": f"a{number}", "line": "ba" * 95 + f" {number}"} for number in range(5_000)],
    "dates": [
        {"id": f"opus-{number}-20250101", "created_at": f"20{number % 90 + 10}-01-01T00:00:00Z"}
        for number in range(5_000)
    ],
    "one line": [{"id": f"opus-{number}"} for number in range(5_000)],
}


@pytest.mark.parametrize("name", ["ab" * 95 + " 9"])
@pytest.mark.parametrize("rows", HOSTILE_ROWS.values(), ids=HOSTILE_ROWS)
def test_search_of_5_000_hostile_models_ends_in_time(listen, monkeypatch, capsys, rows, name):
    listed = page(rows)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{listen(listed).port}")
    start = time.monotonic()
    main(["--timeout", "2", name, "opus"])
    assert time.monotonic() - start < (
        3 if sys.gettrace() is None else 30
    )  # Coverage slows it down.
    assert "Traceback" not in capsys.readouterr().err


def test_endless_list_ends_in_time(listen, monkeypatch, capsys):
    pages = itertools.count()
    rows = [{"id": "claude-opus-5", "display_name": "Claude Opus 5"}] * 1_000
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)

    def behave(connection):
        return page(rows, has_more=True, last_id=f"cursor-{next(pages)}")(connection)

    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{listen(behave).port}")
    start = time.monotonic()
    assert main(["--timeout", str(TIMEOUT), "opus"]) == 3
    assert time.monotonic() - start < TIMEOUT + 1
    assert capsys.readouterr().err.count("\n") == 1


def test_list_of_over_5_000_models_is_an_error(server):
    models = [{"id": f"claude-{number}"} for number in range(5_001)]
    client = Client(api_key=KEY, base_url=server.url)
    server.answer(200, json.dumps({"data": models[1:]}).encode())
    assert len(client.list_models()) == 5_000
    server.answer(200, json.dumps({"data": models}).encode())
    with pytest.raises(
        APIError, match="the model list has over 5000 models or 8 MiB; check base_url"
    ):
        client.list_models()


def test_abandoned_thread_ends_with_the_next_piece(listen):
    port = listen(drip(OK + b"content-length: 99\r\n\r\n", b" " * 99)).port
    before = set(threading.enumerate())
    with pytest.raises(APIError, match=r"timed out after 0.3 s; retry, or raise timeout"):
        Client(api_key=KEY, base_url=f"http://127.0.0.1:{port}", timeout=0.3).get_model(
            "claude-opus-5"
        )
    deadline = time.monotonic() + 10
    while workers() - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not workers() - before


def workers():
    return {thread for thread in threading.enumerate() if thread.name == "claude_model"}


def test_bug_in_the_worker_surfaces_where_the_caller_is(api, monkeypatch):
    monkeypatch.setattr(claude_model, "_decode", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Client().get_model("claude-opus-5")


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("cc"), reason="needs cc and LD_PRELOAD"
)
def test_hanging_name_look_up_is_bounded_by_the_timeout(tmp_path):
    (tmp_path / "hang.c").write_text(
        "unsigned sleep(unsigned);\nint getaddrinfo(void) { return -(int)sleep(20) - 2; }\n"
    )
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-w", "-o", "hang.so", "hang.c"], cwd=tmp_path, check=True
    )
    env = {**os.environ, "ANTHROPIC_API_KEY": KEY, "LD_PRELOAD": str(tmp_path / "hang.so")}
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "claude_model.py", "--timeout", "1", "opus"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert time.monotonic() - start < 2 + 1  # Starting the process takes its part.
    message = "error: api.anthropic.com: timed out after 1 s; retry, or raise --timeout\n"
    assert (done.returncode, done.stdout, done.stderr) == (3, "", message)


def test_address_that_no_name_can_have_is_an_api_error(api):
    with pytest.raises(APIError) as caught:
        Client(api_key=KEY, base_url="https://a..b").get_model("claude-opus-5")
    assert (
        str(caught.value)
        == "a..b: not a valid address; check the network, base_url and the proxy settings"
    )


def test_no_thread_to_be_had_is_an_api_error(api, monkeypatch):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(APIError, match=r"connection failed \(can't start new thread\)") as caught:
        Client(max_retries=0).get_model("claude-opus-5")
    assert caught.value.status is None


def test_names_are_searched_for_within_the_time_limit_of_the_run(server, monkeypatch, capsys):
    # Without a check between the names, this takes many times as long as the limit.
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    server.models = [{"id": f"{'ab' * 19}{number % 97}-{number}"} for number in range(5_000)]
    names = [f"{'ba' * 19}-{number}" for number in range(20_000)]
    start = time.monotonic()
    assert main(["--timeout", "2", *names]) == 3
    assert time.monotonic() - start < (4 if sys.gettrace() is None else 30)
    assert capsys.readouterr().err.endswith(": timed out after 2 s; retry, or raise --timeout\n")


@pytest.mark.parametrize("digits", [4_299, 4_300, 4_301])
def test_body_of_long_integers_is_decoded_in_time(digits):
    number = b"9" * digits
    body = b"[" + b",".join([number] * (2 * 2**20 // (digits + 1))) + b"]"
    start = time.monotonic()
    is_json, _, _ = claude_model._decode(body, "identity")
    assert is_json is (digits <= 4_300)
    assert time.monotonic() - start < 5  # The pattern that this replaced took minutes.
