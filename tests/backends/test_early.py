"""An answer read while it comes: nothing twice, nothing at once, nothing after the end."""

from __future__ import annotations

import asyncio
import threading

import pytest

from podtui.backends.early import read_early

PIECE = b"x" * 200_000  # more than is worth a thread


async def test_pieces_are_read_in_their_order_and_apart_from_the_loop() -> None:
    taken: list[bytes] = []
    threads: set[int] = set()
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def take(batch: bytes) -> None:
        taken.append(batch)
        threads.add(threading.get_ident())
        loop.call_soon_threadsafe(begun.set)

    whole = b""
    async with read_early(take) as hear:
        for letter in (b"a", b"b", b"c"):
            begun.clear()
            for piece in (letter * 1000, letter * 200_000):
                whole += piece
                hear(piece)
            await begun.wait()
    assert b"".join(taken) == whole
    assert threading.get_ident() not in threads


async def test_a_short_answer_needs_no_thread() -> None:
    taken: list[bytes] = []
    async with read_early(taken.append) as hear:
        hear(b"short")
        await asyncio.sleep(0)
    assert not taken


async def test_when_it_is_over_nothing_is_read_any_more() -> None:
    """Whoever reads the rest at the end is alone with it."""
    going = threading.Event()
    go_on = threading.Event()
    done = False

    def take(_: bytes) -> None:
        nonlocal done
        going.set()
        go_on.wait(10)
        done = True

    async def cut() -> None:
        async with read_early(take) as hear:
            hear(PIECE)
            await asyncio.to_thread(going.wait, 10)
            asyncio.get_running_loop().call_soon(go_on.set)
            raise ValueError("cut")

    with pytest.raises(ValueError, match="cut"):
        await cut()
    assert done


async def test_a_fault_in_the_reading_is_not_swallowed() -> None:
    def take(_: bytes) -> None:
        raise RuntimeError("a bug")

    async def read() -> None:
        async with read_early(take) as hear:
            hear(PIECE)
            await asyncio.sleep(0)  # the reading begins

    with pytest.raises(RuntimeError, match="a bug"):
        await read()
