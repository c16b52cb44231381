"""The controller goes away for twenty seconds and comes back, while somebody looks at their jobs.

The seconds are those of a clock of the test's own; how long the process is really away is as long
as the screen needs to tell all of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from podtui.domain.node import NodeSpec, ProvisionPhase
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from podtui.tui.app import PodtuiApp
from tests.story.bad import end, started_again, write_script
from tests.story.person import SIZE, Clicker, Person, Typist
from tests.story.pod import NobodyToAsk, Pod, client, running_pod

_AWAY = timedelta(seconds=20)


@dataclass
class Clock:
    """The system's, ahead by as much as the test says."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
async def pod(tmp_path: Path) -> AsyncIterator[Pod]:
    """A pod with two jobs that wait."""
    async with running_pod(tmp_path / "pod") as running:
        config, paths = client(running.config)
        async with Session(config, paths, NobodyToAsk()) as podtui:
            steps = [step.phase async for step in podtui.nodes.provision("pod", NodeSpec())]
            assert steps[-1] is ProvisionPhase.READY
            for name in ("first", "second"):
                script = write_script(tmp_path, name)
                await podtui.staging.submit(SubmitRequest("pod", script, hold=True))
        yield running


@asynccontextmanager
async def looking(kind: type[Person], pod: Pod, clock: Clock) -> AsyncIterator[Person]:
    """Somebody before the screen, whose time is `clock`'s."""
    config, paths = client(pod.config)
    app = PodtuiApp(lambda prompter: Session(config, paths, prompter, clock=clock), config, paths)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        yield kind(pilot)


@pytest.mark.parametrize("kind", [Typist, Clicker])
async def test_rows_stay_dated_and_live_again_by_themselves(pod: Pod, kind: type[Person]) -> None:
    clock = Clock()
    async with looking(kind, pod, clock) as person:
        await person.sees("● pod online", "first", "second")
        await person.stands_on("first")
        shown: list[str] = []
        _keep_frames(person, shown)
        await end(pod)
        await person.sees("◐ pod no answer", "no answer for", "first", "second")
        clock.ahead = _AWAY
        await person.waits(lambda: _silent_for(person) >= 20, "twenty seconds of silence")
        await person.sees("showing", "first", "second")
        async with started_again(pod):
            await person.sees_no("no answer")
            await person.sees("● pod online", "first", "second")
            assert [row.stale for row in person.app.rows] == [False, False]
        assert person.app.return_code is None
    assert shown
    for frame in shown:
        assert "first" in frame
        assert "second" in frame
        assert "No jobs" not in frame
        assert " 0 jobs" not in frame


def _keep_frames(person: Person, shown: list[str]) -> None:
    """Every look at the screen is kept: the rows must be in each of them."""
    waits = person.waits

    async def kept(condition: object, what: str) -> None:
        def look() -> object:
            shown.append(person.screen)
            return condition()  # type: ignore[operator]

        await waits(look, what)

    person.waits = kept  # type: ignore[method-assign]


def _silent_for(person: Person) -> int:
    """Seconds since the last answer, as the screen tells them."""
    _, told, after = person.screen.partition("no answer for ")
    digits = after.split("s", 1)[0]
    return int(digits) if told and digits.isdigit() else 0
