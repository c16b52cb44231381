"""A proxy on loopback that cuts, stalls, delays and slows connections, for links that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

_CHUNK = 1 << 14


@dataclass(frozen=True)
class Fate:
    """What becomes of one connection.

    After `lives` bytes (None: never) it is cut, or with `stalls` goes silent and stays open; each
    piece arrives `delay` seconds late, and no more than `rate` bytes a second pass (0: any).
    """

    lives: int | None = None
    stalls: bool = False
    delay: float = 0.0
    rate: int = 0


class Cutter:
    """Passes bytes on between whoever connects and `port`, and ends each connection in its turn.

    `allowance` says what becomes of a new connection: a Fate, or after how many bytes it is cut;
    `served` counts them.
    """

    def __init__(self, port: int, allowance: Callable[[], Fate | int | None]) -> None:
        self._target = port
        self._allowance = allowance
        self.cuts = 0
        self.stalls = 0
        self.served = 0
        self.port = 0
        self._open: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Cutter]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    def cut(self) -> None:
        """Cut whatever connection stands now."""
        for end in self._open:
            end.transport.abort()
        self.cuts += len(self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.served += 1
        self._open.add(writer)
        told = self._allowance()
        fate = told if isinstance(told, Fate) else Fate(told)
        left = fate.lives
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        silent = asyncio.Event()

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            nonlocal left
            while data := await source.read(_CHUNK):
                if silent.is_set():
                    continue  # swallowed: the line is dead, and nobody has been told
                if left == 0:
                    return  # the other way was cut just now
                if left is not None and len(data) >= left:
                    sink.write(data[:left])
                    left = 0
                    if not fate.stalls:
                        self.cuts += 1
                        return
                    self.stalls += 1
                    silent.set()
                    continue
                if left is not None:
                    left -= len(data)
                if fate.delay or fate.rate:
                    await asyncio.sleep(fate.delay + (len(data) / fate.rate if fate.rate else 0))
                sink.write(data)
                await sink.drain()

        ways = [
            asyncio.ensure_future(pump(reader, there_writer)),
            asyncio.ensure_future(pump(there_reader, writer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await way
        self._open.discard(writer)
        for end in (writer, there_writer):
            end.transport.abort()
