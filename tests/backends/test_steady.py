"""An answer that trickles for ever is given up; a slow long one and a late one are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from podtui.backends import steady
from podtui.backends.http import build_client, send
from podtui.backends.steady import FLOOR, PATIENCE, Steady
from podtui.errors import OutcomeUnknown, Unreachable

Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]
_HEAD = b"HTTP/1.1 200 OK\r\n"


class Slow(httpx.AsyncByteStream):
    """Pieces of `size` bytes, `pause` seconds apart on a clock of its own."""

    def __init__(self, count: int, size: int, pause: float) -> None:
        self.now = 0.0
        self._count, self._piece, self._pause = count, bytes(size), pause

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self._count):
            self.now += self._pause
            yield self._piece


async def _read(body: Slow, *, writing: float = 0.0) -> int:
    came = 0
    async for piece in Steady(body, lambda: body.now):
        came += len(piece)
        body.now += writing
    return came


async def test_a_byte_a_second_is_given_up_after_a_minute() -> None:
    body = Slow(10**9, 1, 1.0)
    with pytest.raises(httpx.ReadTimeout):
        await _read(body)
    assert body.now == PATIENCE


async def test_a_long_answer_at_a_pace_may_take_hours() -> None:
    each = FLOOR // 50  # a piece a second: a little over the floor
    assert await _read(Slow(20_000, each, 1.0)) == 20_000 * each


async def test_an_answer_that_begins_late_is_no_trickle() -> None:
    assert await _read(Slow(1, FLOOR, 10 * PATIENCE)) == FLOOR


async def test_the_time_of_whoever_reads_is_not_counted() -> None:
    assert await _read(Slow(100, 1, 0.1), writing=PATIENCE) == 100


@asynccontextmanager
async def _service(talk: Talk) -> AsyncIterator[str]:
    served = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(ended := asyncio.Event())
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await talk(writer)
        writer.close()
        ended.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for ended in served:  # the client let go of each: its end sees that at the next drop
            await ended.wait()


def _trickle(head: bytes, drop: bytes) -> Talk:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.02)

    return talk


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (_HEAD + b"Content-Length: 99999999\r\n\r\n", b"x"),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (_HEAD, b"X-A: b\r\n"),
    ],
    ids=["length", "chunks", "headers"],
)
@pytest.mark.parametrize("largest", [None, 1 << 20])
async def test_a_service_that_trickles_is_away_and_a_change_there_unknown(
    head: bytes, drop: bytes, largest: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steady, "PATIENCE", 0.2)
    async with _service(_trickle(head, drop)) as url, build_client(url) as client:
        for changes, error in ((False, Unreachable), (True, OutcomeUnknown)):
            request = client.build_request("GET", "/", timeout=0.2)
            async with asyncio.timeout(10):
                with pytest.raises(error, match="took too long"):
                    await send(client, request, changes=changes, largest=largest)


async def test_a_body_that_is_read_by_the_caller_is_held_to_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steady, "PATIENCE", 0.2)
    talk = _trickle(_HEAD + b"Content-Length: 99999999\r\n\r\n", b"x")
    async with _service(talk) as url, build_client(url) as client:
        request = client.build_request("GET", "/")
        response = await send(client, request, changes=False, stream=True)
        async with asyncio.timeout(10):
            with pytest.raises(httpx.ReadTimeout):
                async for _ in response.aiter_bytes():
                    pass
        await response.aclose()
