"""The embedded pod as a context: it starts, serves, and ends whole."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from podtui.demo.site import Pace
from podtui.demo.state_folder import locked_state_folder
from podtui.demo.world import World


class EmbeddedPod:
    """A pod that serves one state folder for as long as its `async with` block lasts.

    `description` is what `podtui demo --no-ui` prints: where the pod is and how to get in.
    Entering raises StateUnusable when the folder is another pod's at this moment.
    """

    def __init__(
        self,
        state: Path,
        *,
        boot_seconds: float = 3,
        token_seconds: float = 3600,
        slots: int = 4,
    ) -> None:
        self._state = state
        self._pace = Pace(boot_seconds, token_seconds, slots)
        self._stop = asyncio.Event()
        self.description: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._main = asyncio.create_task(self._serve(ready))
        try:
            waited: set[asyncio.Future[Any]] = {self._main, ready}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._main.cancel()
            await asyncio.wait({self._main})
            raise
        if not ready.done():
            await self._main
        self.description = ready.result()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        await self._main

    async def ended(self) -> None:
        """Wait until the pod ends by itself, which it does only by a fault that leaving raises."""
        await asyncio.wait({self._main})

    async def _serve(self, ready: asyncio.Future[dict[str, Any]]) -> None:
        with _private_umask(), locked_state_folder(self._state) as folder:
            async with asyncio.TaskGroup() as group:
                world = World(folder, self._pace)
                servers = await world.start(group)
                running = [group.create_task(one.run_until_stopped()) for one in servers]
                for server in servers:
                    await server.listening.wait()
                ready.set_result(world.describe())
                await self._stop.wait()
                for server in servers:
                    server.stop()
                await asyncio.wait(running)
                await world.close()


@contextlib.contextmanager
def _private_umask() -> Iterator[None]:
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
