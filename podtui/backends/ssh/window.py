"""Requests under way at the same time, their answers taken in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")

_BYTES = 8 * 1024 * 1024  # under way: 80 ms of latency at 100 MB/s
_FEWEST, _MOST = 8, 128


class Window(Generic[T]):
    """As many requests at once as fill 8 MiB; those left over at the end are cancelled.

    Usable as `async with Window(block) as window`.
    """

    def __init__(self, block: int) -> None:
        self._width = max(_FEWEST, min(_MOST, _BYTES // block))
        self._pending: deque[asyncio.Future[T]] = deque()

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def full(self) -> bool:
        """Whether an answer should be taken before the next request."""
        return len(self._pending) >= self._width

    def add(self, request: Awaitable[T]) -> None:
        """Send a request off."""
        self._pending.append(asyncio.ensure_future(request))

    async def take(self) -> T:
        """The answer to the oldest request."""
        return await self._pending.popleft()

    async def __aenter__(self) -> Window[T]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for request in self._pending:
            request.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)
