"""The emulator on ports of this machine: the service, the object store, and its worker."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from tests.emulators.kotta.cloud import Cloud
from tests.emulators.kotta.service import Service
from tests.ports import free_port


def _bound(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


class _Port:
    """One port of the service; what it knows stays when it goes away."""

    def __init__(self, app: Service, listener: socket.socket) -> None:
        self.number: int = listener.getsockname()[1]
        self._app = app
        self._listener = listener
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def open(self, group: asyncio.TaskGroup) -> None:
        if self._listener.fileno() < 0:
            self._listener = _bound(self.number)
        config = uvicorn.Config(
            self._app, log_config=None, lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        # Not serve(): that takes the signals of the whole test run.
        self._serving = group.create_task(self._server._serve([self._listener]))
        while not self._server.started:
            await asyncio.sleep(0)

    async def close(self) -> None:
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
            self._listener.close()
            self._server = None


class Running:
    """An installation somebody can reach; its store has a port of its own."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        listener = _bound(free_port())
        self.cloud = Cloud(f"http://127.0.0.1:{listener.getsockname()[1]}")
        self.service = Service(self.cloud)
        self._store = _Port(self.service, listener)
        self._rest = _Port(self.service, _bound(free_port()))
        self._group = group

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._rest.number}"

    async def come_back(self) -> None:
        await self._rest.open(self._group)

    async def go_away(self) -> None:
        await self._rest.close()

    async def start(self) -> asyncio.Task[None]:
        await self._store.open(self._group)
        await self._rest.open(self._group)
        return self._group.create_task(self.cloud.work())

    async def stop(self) -> None:
        await self._rest.close()
        await self._store.close()


@asynccontextmanager
async def running() -> AsyncIterator[Running]:
    async with asyncio.TaskGroup() as group:
        service = Running(group)
        worker = await service.start()
        try:
            yield service
        finally:
            worker.cancel()
            await service.stop()
