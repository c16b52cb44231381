"""An answer that trickles is given up: each read is in time, and the whole would never end.

A floor of bytes for the time that is waited, and no end for the whole: a long list and a large
file may take as long as they need, and a service may think before it answers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

PATIENCE = 60.0
"""Seconds of waiting in which an answer must bring `FLOOR` bytes."""
FLOOR = 64 << 10
_HEADERS = "receive_response_headers"  # of httpcore's names, behind the protocol's


class Steady(httpx.AsyncByteStream):
    """A body that must come at a pace; ReadTimeout where it trickles.

    What the reader itself takes, to write it down, is not counted.
    """

    def __init__(
        self, body: httpx.AsyncByteStream, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._body = body
        self._clock = clock

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        waited, came = 0.0, 0
        began = self._clock()
        async for piece in self._body:
            waited += self._clock() - began
            came += len(piece)
            if waited >= PATIENCE:
                if came < FLOOR:
                    raise httpx.ReadTimeout(f"{came} bytes in {waited:.0f} seconds")
                waited, came = 0.0, 0
            yield piece
            began = self._clock()

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._body.aclose()


@asynccontextmanager
async def steady_headers(request: httpx.Request) -> AsyncIterator[None]:
    """ReadTimeout where the headers of the answer to `request` trickle.

    From the moment they are waited for they may take the time of one read, and the patience.
    """
    read = (request.extensions.get("timeout") or {}).get("read")
    try:
        async with asyncio.timeout(None) as limit:

            async def hear(event: str, _: dict[str, Any]) -> None:
                if event.endswith(f"{_HEADERS}.started"):
                    now = asyncio.get_running_loop().time()
                    limit.reschedule(now + (read or 0.0) + PATIENCE)
                elif event.endswith(f"{_HEADERS}.complete"):
                    limit.reschedule(None)

            request.extensions["trace"] = hear
            yield
    except TimeoutError:
        raise httpx.ReadTimeout("its headers do not end", request=request) from None
    finally:
        request.extensions.pop("trace", None)
