"""A TCP line that delivers every byte a fixed time after it came: `PORT TO_PORT SECONDS`."""

from __future__ import annotations

import asyncio
import sys
from collections import deque

_CHUNK = 1 << 18
_UNDER_WAY = 64 << 20  # bytes on the line at once: it shall delay, not limit


async def main(port: int, to: int, delay: float) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", to, limit=_CHUNK * 4)
        try:
            await asyncio.gather(line(reader, far_writer, delay), line(far_reader, writer, delay))
        except OSError:
            pass
        finally:
            for end in (writer, far_writer):
                end.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=_CHUNK * 4)
    async with server:
        await server.serve_forever()


async def line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    loop = asyncio.get_running_loop()
    waiting: deque[tuple[float, bytes]] = deque()
    come, room, size = asyncio.Event(), asyncio.Event(), 0
    room.set()

    async def fill() -> None:
        nonlocal size
        while True:
            await room.wait()
            data = await reader.read(_CHUNK)
            waiting.append((loop.time() + delay, data))
            size += len(data)
            come.set()
            if size > _UNDER_WAY:
                room.clear()
            if not data:
                return

    async def empty() -> None:
        nonlocal size
        while True:
            while not waiting:
                come.clear()
                await come.wait()
            due, data = waiting.popleft()
            await asyncio.sleep(due - loop.time())
            if not data:
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()
            size -= len(data)
            room.set()

    await asyncio.gather(fill(), empty())


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
