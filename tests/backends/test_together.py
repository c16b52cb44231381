"""Several tasks as one wait: first failures, and cancellations that are not forgotten."""

from __future__ import annotations

import asyncio

import pytest

from podtui.backends.together import all_done


async def fail() -> None:
    raise ConnectionError("cut")


async def for_ever(ended: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("ended")


async def test_the_first_failure_ends_the_others_and_is_raised_as_it_is() -> None:
    ended: list[str] = []
    others = [asyncio.ensure_future(for_ever(ended)) for _ in range(2)]
    with pytest.raises(ConnectionError, match="cut"):
        await all_done(others[0], asyncio.ensure_future(fail()), others[1])
    assert ended == ["ended", "ended"]
    assert all(task.cancelled() for task in others)


async def test_a_failure_leaves_no_cancellation_behind() -> None:
    current = asyncio.current_task()
    assert current is not None
    with pytest.raises(ConnectionError):
        await all_done(asyncio.ensure_future(fail()))
    assert current.cancelling() == 0


async def test_a_cancellation_that_comes_with_a_failure_is_kept() -> None:
    failing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    ended: list[str] = []
    waiting = asyncio.ensure_future(all_done(failing, asyncio.ensure_future(for_ever(ended))))
    while not waiting.done():
        await asyncio.sleep(0)  # one turn of the loop: both have begun
        if not failing.done():
            failing.set_exception(ConnectionError("cut"))
            waiting.cancel()
    assert waiting.cancelled()
    assert ended == ["ended"]


async def test_nothing_to_wait_for_is_done() -> None:
    await all_done()
