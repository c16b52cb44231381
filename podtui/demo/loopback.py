"""Sockets and HTTP servers on 127.0.0.1, on the ports of the last run when they are free."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from podtui.demo.private_files import read_json, write_json

HOST = "127.0.0.1"


class Ports:
    """Which port each service had, so that a client of the pod stays valid over a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ports: dict[str, int] = read_json(path) or {}

    def last(self, name: str) -> int:
        """Give the port `name` had; 0, any free one, when it never had one."""
        return self._ports.get(name, 0)

    def remember(self, name: str, port: int) -> None:
        """Write down which port `name` has now."""
        if self._ports.get(name) != port:
            self._ports[name] = port
            write_json(self._path, self._ports)

    def bind(self, name: str) -> socket.socket:
        """Bind a socket for `name` on its last port, else on a free one; it does not listen yet."""
        bound = _bound(self.last(name)) or _bound(0)
        if bound is None:
            raise OSError("there is no free port on 127.0.0.1")
        self.remember(name, bound.getsockname()[1])
        return bound


def _bound(port: int) -> socket.socket | None:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
    except OSError:
        made.close()
        return None
    return made


class LoopbackServer(uvicorn.Server):
    """One HTTP service; it leaves the process's signals to the pod and says when it listens."""

    def __init__(self, app: Starlette, bound: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._bound = bound
        self.listening = asyncio.Event()

    async def run_until_stopped(self) -> None:
        """Serve until `stop`; requests in flight get one second to end."""
        with contextlib.closing(self._bound):
            await self.serve([self._bound])

    def stop(self) -> None:
        """Let `run_until_stopped` end."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that the server listens, once it does."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal: the pod has several servers and ends them together."""
        yield
