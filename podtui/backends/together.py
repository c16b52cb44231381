"""Several tasks as one wait that ends cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

_A = TypeVar("_A")
_B = TypeVar("_B")


async def all_done(*tasks: asyncio.Future[Any]) -> None:
    """Wait for all `tasks`; the first failure ends the others and is raised as it is.

    Where a TaskGroup would do, Python before 3.13 forgets a cancellation that arrives together with
    a failure, and after each failure counts one in `Task.cancelling` that nobody asked for.
    """
    try:
        if tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException) and not isinstance(end, asyncio.CancelledError):
            raise end


async def both(first: Awaitable[_A], second: Awaitable[_B]) -> tuple[_A, _B]:
    """Both answers, asked at the same time; the first failure ends the other."""
    one, two = asyncio.ensure_future(first), asyncio.ensure_future(second)
    await all_done(one, two)
    return one.result(), two.result()
