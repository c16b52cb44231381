"""A cap on bytes a second, shared by all transfers of a cluster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Pace:
    """Lets bytes pass at `rate` a second on average; 0 is unlimited. May be changed at any time."""

    def __init__(self, rate: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._free_at = 0.0  # when all that was let pass is through, at the rate of its time

    async def take(self, count: int) -> None:
        """Wait until `count` more bytes may pass."""
        if not self.rate:
            return
        now = self._clock()
        self._free_at = max(self._free_at, now)
        wait = self._free_at - now
        self._free_at += count / self.rate
        if wait > 0:
            await asyncio.sleep(wait)


FREE = Pace()
"""No cap."""
