"""Requests under way at the same time, and news of those that have ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from podtui.backends.base import Progress

UNDER_WAY = 8 * 1024 * 1024
"""Bytes asked for or sent and not answered: 80 ms of latency at 100 MB/s."""
_FEWEST, _MOST = 8, 128


class Window:
    """As many requests at once as fill 8 MiB; their first failure is raised to who waits."""

    def __init__(self, block: int) -> None:
        self._width = max(_FEWEST, min(_MOST, UNDER_WAY // block))
        self._under_way = 0
        self._moved = 0  # bytes, not yet told
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._told = False

    @property
    def empty(self) -> bool:
        """Whether all have ended."""
        return not self._under_way

    @property
    def full(self) -> bool:
        """Whether an answer should come before the next request."""
        return self._under_way >= self._width

    def begin(self, well: Callable[[], None] | None = None) -> Callable[[int | Exception], None]:
        """A request is sent off: what is to be called with its bytes, or its failure, at its end.

        `well` is called when it was no failure.
        """
        self._under_way += 1

        def end(how: int | Exception) -> None:
            self.end(how if isinstance(how, Exception) else None)
            if not isinstance(how, Exception):
                self._moved += how
                if well:
                    well()

        return end

    def end(self, error: Exception | None = None) -> None:
        """A request has ended."""
        self._under_way -= 1
        self._error = self._error or error
        self.tell()

    def tell(self) -> None:
        """There is news for whoever waits, or waits next."""
        self._told = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def check(self) -> None:
        """Raise the first failure, if there was one."""
        if self._error is not None:
            raise self._error

    async def news(self) -> None:
        """Wait until something has ended since the last time."""
        if not self._told:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self._told = False
        self.check()

    async def room(self, progress: Progress) -> None:
        """Wait until one more may begin; `progress` is told the bytes of those that ended."""
        while self.full:
            await self.news()
        self.check()
        self._tell(progress)

    async def finish(self, progress: Progress) -> None:
        """Wait until all have ended."""
        while not self.empty:
            await self.news()
            self._tell(progress)
        self.check()
        self._tell(progress)

    def _tell(self, progress: Progress) -> None:
        if self._moved:
            moved, self._moved = self._moved, 0
            progress(moved)
