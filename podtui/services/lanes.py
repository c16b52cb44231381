"""A few things done at the same time, and how far all of them have come in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, Self

from podtui.services.ledger import Mark


class Lanes:
    """Up to `width` tasks at once; the first failure ends the others and is raised alone.

    As `async with Lanes(width) as lanes` all are waited for at the end, or ended by a failure.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                await self.finish()
        finally:
            await self.stop()

    async def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin `work` when a lane is free."""
        try:
            while len(self._tasks) >= self._width:
                await self._wait(asyncio.FIRST_COMPLETED)
        except BaseException:
            work.close()
            raise
        self._tasks.add(asyncio.ensure_future(work))

    async def finish(self) -> None:
        """Wait for all."""
        while self._tasks:
            await self._wait(asyncio.FIRST_EXCEPTION)

    async def _wait(self, until: str) -> None:
        done, self._tasks = await asyncio.wait(self._tasks, return_when=until)
        failures = [error for task in done if (error := _failure(task))]  # each is looked at
        if failures:
            raise failures[0]

    async def stop(self) -> None:
        """End all that still run."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = set()


def _failure(task: asyncio.Task[None]) -> BaseException | None:
    return asyncio.CancelledError() if task.cancelled() else task.exception()


@dataclass(slots=True)
class Step:
    """One thing begun: the last path in it, its files and bytes, the walk's trail up to it."""

    path: str
    files: int
    bytes: int
    trail: str = ""
    done: bool = False


class Milestones:
    """Steps begun in order and ended in any; `mark` is the last before which all are ended."""

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self._steps: deque[Step] = deque()

    def begin(self, step: Step) -> Step:
        """A step that comes behind all others begun."""
        self._steps.append(step)
        return step

    def end(self, step: Step) -> bool:
        """Note its end; whether the mark has moved."""
        step.done = True
        moved = False
        while self._steps and self._steps[0].done:
            first = self._steps.popleft()
            old = self.mark
            self.mark = replace(
                old,
                after=first.path,
                files=old.files + first.files,
                bytes=old.bytes + first.bytes,
                trail=first.trail,
            )
            moved = True
        return moved
