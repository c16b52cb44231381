"""Where scenes are played: the app over a stocked cluster, and what a scene is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import Worker

from podtui.config.model import Config, PodConfig
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.panes import PANES
from podtui.tui.panes.base import Pane

from ..conftest import job_table, screen_text, until
from ..fake_session import fake_opener
from ..picture import rows_of
from .world import Say, StockedBackend, plain

STATES = ("empty", "loading", "error", "stale", "many")
"""What each pane is seen in, beside having something to show."""
_PATIENCE = 20.0  # seconds
_FRAMES = 0.05  # seconds in which the screen would draw three times what is still to be drawn
_LONG_WORK = ("session", "connect", "follow")  # what groups of workers that go on are named like


@dataclass
class Stage:
    """The app with something to show. `say` makes each text that comes from outside."""

    pilot: Pilot[None]
    backend: StockedBackend
    say: Say
    sent: list[object] = field(default_factory=list)

    @property
    def app(self) -> PodtuiApp:
        """The app."""
        assert isinstance(self.pilot.app, PodtuiApp)
        return self.pilot.app

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return screen_text(self.app)

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Let the app go on until it holds; in vain, the screen is told."""
        try:
            await until(self.pilot, condition, what)
        except pytest.fail.Exception as failure:
            raise AssertionError(f"{failure}\n{self.text}") from failure

    async def sees(self, *words: str) -> None:
        """Wait until all of `words`, as they are shown, stand on the screen."""
        await self.until(lambda: all(word in self.text for word in words), f"{words}")

    async def pane(self, name: str) -> None:
        """Show a pane, with the focus in it."""
        await self.until(lambda: all(self.app.query(f"#{one} Pane") for one in PANES))
        self.app.action_show_pane(name)
        pane = self.app.query_one(f"#{name} Pane", Pane)
        await self.until(lambda: self.app.focused and pane in self.app.focused.ancestors)

    async def push(self, screen: Screen[Any]) -> None:
        """Put a screen in front."""
        await self.app.push_screen(screen)
        await self.until(lambda: self.app.screen is screen and screen.is_mounted)

    async def rest(self) -> None:
        """Wait until nothing is under way and two frames are the same."""
        loop = asyncio.get_running_loop()
        deadline, before = loop.time() + _PATIENCE, None
        while loop.time() < deadline:
            await self.pilot.pause(_FRAMES)
            now = rows_of(self.app)
            if now == before and not any(_busy(worker) for worker in self.app.workers):
                return
            before = now
        pytest.fail(f"it never came to rest:\n{self.text}")

    async def clear(self) -> None:
        """Close whatever is in front, and show the first pane without notices."""
        while len(self.app.screen_stack) > 1:
            self.app.pop_screen()
            await self.pilot.pause()
        self.app.clear_notifications()
        self.app.transfers = ()
        await self.pilot.pause()  # the focus leaves their list, before another pane takes it
        self.app.statuses = self.app.session.clusters.statuses()
        await self.pane("jobs")
        job_table(self.app).focus()
        await self.pilot.press("escape", "escape")  # no filter, no marks


def _busy(worker: Worker[Any]) -> bool:
    return worker.is_running and not worker.group.startswith(_LONG_WORK)


@dataclass(frozen=True)
class Scene:
    """Something to have in front: of which class it is, and how one gets there.

    `moment` tells scenes of one class apart.
    """

    shows: type[Pane] | type[Screen[Any]]
    moment: str
    open: Callable[[Stage], Awaitable[None]]

    @property
    def name(self) -> str:
        """A name for a test or a file."""
        return f"{self.shows.__name__}-{self.moment}" if self.moment else self.shows.__name__


Opener = Callable[[Stage], Awaitable[None]]


class Scenes(list[Scene]):
    """Collects scenes as they are written."""

    def shows(
        self, kind: type[Pane] | type[Screen[Any]], moment: str = ""
    ) -> Callable[[Opener], Opener]:
        """This function has `kind` in front."""

        def keep(opener: Opener) -> Opener:
            self.append(Scene(kind, moment, opener))
            return opener

        return keep


@asynccontextmanager
async def on_stage(
    paths: Paths,
    say: Say = plain,
    *,
    theme: str = "podtui-dark",
    size: tuple[int, int] = (120, 40),
    notifications: bool = False,
) -> AsyncIterator[Stage]:
    """The app, logged in to the stocked cluster, its jobs in sight; polls are an hour apart."""
    backend = StockedBackend(say)
    pod = PodConfig("pod", "alice", auth_url="http://127.0.0.1:1", poll_seconds=3600)
    config = Config(clusters=(pod,), default_cluster="pod", theme=theme)
    app = PodtuiApp(fake_opener(config, paths, [backend]), config, paths)
    async with app.run_test(size=size, notifications=notifications) as pilot:
        stage = Stage(pilot, backend, say)
        await stage.until(lambda: len(app.rows) == len(backend.jobs.jobs), "the jobs")
        await stage.pane("jobs")
        yield stage


def folder_for(tmp_path: Path) -> Paths:
    """The folders of one test."""
    from ..fake_session import fake_paths

    (tmp_path / "home").mkdir(exist_ok=True)
    return fake_paths(tmp_path)
