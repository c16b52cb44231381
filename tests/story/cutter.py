"""A proxy on loopback that cuts connections after a number of bytes, for links that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress


class Cutter:
    """Passes bytes on between whoever connects and `port`, and cuts each connection in its turn.

    `allowance` says after how many bytes a new connection is cut; None lets it live.
    """

    def __init__(self, port: int, allowance: Callable[[], int | None]) -> None:
        self._target = port
        self._allowance = allowance
        self.cuts = 0
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Cutter]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self._allowance()
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            nonlocal left
            while data := await source.read(1 << 14):
                if left is not None and len(data) >= left:
                    sink.write(data[:left])
                    self.cuts += 1
                    left = 0
                    return
                if left is not None:
                    left -= len(data)
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
        for end in (writer, there_writer):
            end.transport.abort()
