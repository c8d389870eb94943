"""Servers that send any bytes at any speed: loopback sockets, and what they may do with a connection."""

import contextlib
import itertools
import socket
import threading
import time

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
MODEL = b'{"id": "claude-opus-5"}'


class Listener:
    """A loopback socket that hands each connection to `behave` after the request's head came in."""

    def __init__(self, behave, context=None):
        self.behave = behave
        self.context = context
        self.connections = 0
        self.heads = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.over = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
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
