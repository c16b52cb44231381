"""The emulator on a port of this machine, in a thread of its own; one request at a time."""

from __future__ import annotations

import base64
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.emulators.resop.service import Service


class ResopServer(ThreadingHTTPServer):
    """`lose` the answers of so many POSTs to come: they are carried out, and the link is cut.

    `lose_when` does so once, to a POST with that text in it, also in words that are base64.
    """

    daemon_threads = False
    allow_reuse_address = True

    def __init__(self, service: Service, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.service = service
        self.turn = threading.Lock()
        self.lose = 0
        self.lose_when = ""
        self.open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """A client that goes is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ResopServer

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        super().finish()
        self.server.open.discard(self.connection)

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.turn:
            answer = self.server.service.answer(method, self.path, headers, body)
            if self.server.lose_when and self.server.lose_when in _readable(body):
                self.server.lose_when = ""
                self.server.lose += 1
            if method == "POST" and self.server.lose:
                self.server.lose -= 1
                self.close_connection = True
                return
        kind = "text/html" if answer.html else "application/json"
        self.send_response(answer.status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


def _readable(body: bytes) -> str:
    """A body with its words, and behind them those of its long words that are base64."""
    found = [body.decode("utf-8", "replace")]
    for word in re.findall(r"[A-Za-z0-9+/=]{40,}", found[0]):
        with suppress(ValueError):
            found.append(base64.b64decode(word).decode("utf-8", "replace"))
    return "\n".join(found)


@contextmanager
def serving(service: Service, port: int = 0) -> Iterator[ResopServer]:
    """A server that answers until the end of the block; its connections end with it."""
    server = ResopServer(service, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        for connection in tuple(server.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        server.server_close()
        thread.join()
