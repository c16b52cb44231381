"""An answer read while it is still being given: what has arrived is read in a thread meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from podtui.backends.collector import collector_at_rest

_BATCH = 128 * 1024  # bytes that are worth a thread; a shorter answer is read at its end


@asynccontextmanager
async def read_early(take: Callable[[bytes], None]) -> AsyncIterator[Callable[[bytes], None]]:
    """What hears the pieces as they arrive; `take` is given them, joined, one batch at a time.

    At the end `take` runs no more, and what it was not given is only in the whole answer.
    """
    pieces: list[bytes] = []
    enough = asyncio.Event()
    heard = 0
    ended = False

    def hear(piece: bytes) -> None:
        nonlocal heard
        pieces.append(piece)
        heard += len(piece)
        if heard >= _BATCH:
            enough.set()

    def read(batch: bytes) -> None:
        with collector_at_rest():
            take(batch)

    async def keep_reading() -> None:
        nonlocal heard
        while not ended:
            await enough.wait()
            if pieces and not ended:
                batch = b"".join(pieces)
                pieces.clear()
                heard = 0
                enough.clear()
                await asyncio.to_thread(read, batch)

    reading = asyncio.create_task(keep_reading())
    try:
        yield hear
    finally:
        ended = True
        enough.set()
        await reading
