"""News: how everyone who shows a thing learns that it changed."""

from __future__ import annotations

import asyncio


class News:
    """A count that grows with each change; whoever has seen less wakes up.

    Many changes between two looks are one awakening: nothing piles up.
    """

    def __init__(self) -> None:
        self.count = 0
        self._changed = asyncio.Event()

    def tell(self) -> None:
        """Say that something changed."""
        self.count += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def after(self, seen: int) -> int:
        """Wait until there is more than `seen`; the new count."""
        while self.count <= seen:
            await self._changed.wait()
        return self.count
