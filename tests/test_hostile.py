"""Servers that mean harm, or are broken: each call ends in time, in one error, without a traceback."""

import contextlib
import itertools
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest
from conftest import KEY, ROOT

from claude_model import APIError, Client, main

TIMEOUT = 1.0
OK = b"HTTP/1.1 200 OK\r\n"
MODEL = b'{"id": "claude-opus-5"}'


class Listener:
    """A loopback socket that hands each connection to `behave` after the request's head came in."""

    def __init__(self, behave, context=None):
        self.behave = behave
        self.context = context
        self.heads = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.over = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with contextlib.suppress(OSError), connection:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    return
                head += piece
            self.heads.append(head)
            for piece in self.behave(connection):
                if self.over.is_set():
                    return
                connection.sendall(piece)
            with contextlib.suppress(OSError):  # A reset would take the answer with it.
                connection.shutdown(socket.SHUT_WR)
            connection.close()

    def close(self):
        self.over.set()
        self.listener.close()


@pytest.fixture
def listen():
    listeners = []

    def start(behave, context=None):
        listeners.append(Listener(behave, context))
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.close()


def slowly(data, pause=0.2):
    for byte in data:
        yield bytes([byte])
        time.sleep(pause)


def silence(connection):
    time.sleep(20)
    yield b""


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    yield b""


def always(head, *pieces):
    return lambda connection: itertools.chain([head], itertools.cycle(pieces))


def drip(head, tail):
    return lambda connection: itertools.chain([head], slowly(tail))


def send(*pieces):
    return lambda connection: pieces


def length(number, body=MODEL):
    return send(OK + b"content-length: " + str(number).encode() + b"\r\n\r\n" + body)


def body(content):
    return length(len(content), content)


CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
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
    "endless body of an error": always(b"HTTP/1.1 500 Bad\r\nx-should-retry: false\r\n\r\n", b" " * 65536),
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
    "8 MiB of lists": body(b"[" + b"[]," * (2**23 // 3 - 1) + b"[]]"),
    "8 MiB of models": body(b"[" + b'{"id":"a"},' * (2**23 // 11 - 1) + b"{}]"),
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


def test_hostile_list_ends_in_time(listen, monkeypatch, capsys):
    pages = itertools.count()

    def behave(connection):
        content = b'{"data": [%s{"id": "b"}], "has_more": true, "last_id": "%d"}'
        content %= b'{"id": "claude-opus-5", "display_name": "Claude Opus 5"},' * 9999, next(pages)
        return length(len(content), content)(connection)

    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{listen(behave).port}")
    start = time.monotonic()
    assert main(["--timeout", str(TIMEOUT), "opus"]) == 3
    assert time.monotonic() - start < TIMEOUT + 1
    assert capsys.readouterr().err.count("\n") == 1
