"""A few things at once, and how far all of them have come in order."""

from __future__ import annotations

import asyncio
import random

import pytest

from podtui.errors import NoSpace, Unreachable
from podtui.services.lanes import Lanes, Milestones, Step
from podtui.services.ledger import Mark


async def test_no_more_than_there_are_lanes() -> None:
    running, most = set(), 0
    gate = asyncio.Event()

    async def work(number: int) -> None:
        nonlocal most
        running.add(number)
        most = max(most, len(running))
        if number >= 2:
            gate.set()
        await gate.wait()
        running.discard(number)

    lanes = Lanes(3)
    for number in range(10):
        await lanes.start(work(number))
    await lanes.finish()
    assert (most, running) == (3, set())


async def test_the_first_failure_ends_all_and_is_told_alone() -> None:
    ended = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    async def fails(error: Exception) -> None:
        raise error

    lanes = Lanes(4)
    await lanes.start(waits())
    await lanes.start(waits())
    await lanes.start(fails(NoSpace("full")))
    await lanes.start(fails(Unreachable("cut")))
    with pytest.raises((NoSpace, Unreachable)):
        await lanes.finish()
    await lanes.stop()
    assert ended == [1, 1]


async def test_work_that_never_got_a_lane_is_closed() -> None:
    """Else Python warns of a coroutine nobody awaited."""

    async def fails() -> None:
        raise NoSpace("full")

    lanes = Lanes(1)
    await lanes.start(fails())
    with pytest.raises(NoSpace):
        await lanes.start(fails())
    await lanes.stop()


@pytest.mark.parametrize("seed", range(20))
def test_the_mark_is_never_ahead_of_what_is_done(seed: int) -> None:
    dice = random.Random(seed)
    milestones = Milestones(Mark("0", 5, 50, fresh=True, target="t", scratch="s"))
    steps = [Step(f"{n:02}", 1, n, f"trail {n}") for n in range(1, 20)]
    for step in steps:
        milestones.begin(step)
    left = list(steps)
    while left:
        step = left.pop(dice.randrange(len(left)))
        before = milestones.mark
        moved = milestones.end(step)
        assert moved == (milestones.mark != before)
        whole = 0
        while whole < len(steps) and steps[whole].done:
            whole += 1
        last = steps[whole - 1] if whole else None
        assert milestones.mark.after == (last.path if last else "0")
        assert milestones.mark.trail == (last.trail if last else "")
        assert milestones.mark.files == 5 + whole
        assert milestones.mark.bytes == 50 + sum(step.bytes for step in steps[:whole])
    mark = milestones.mark
    assert (mark.fresh, mark.target, mark.scratch) == (True, "t", "s")
