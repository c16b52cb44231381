"""Screens for tests: a fixed clock, no animation, nobody's home."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from textual.css.query import NoMatches
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from podtui.domain.job import JobKey
from podtui.paths import Paths
from podtui.tui.app import PodtuiApp
from podtui.tui.panes.job_table import JobTable

from .at_rest import go_on_at_rest
from .fake_session import FakeBackend, fake_config, fake_opener, fake_paths

W = TypeVar("W", bound=Widget)

_DEADLINE = 20.0  # seconds


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No animation, no blinking, one time zone; pilots go on as soon as the app is at rest."""
    go_on_at_rest(monkeypatch)
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr(Input.cursor_blink, "_default", False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """The folders of this test."""
    (tmp_path / "home").mkdir()
    return fake_paths(tmp_path)


@pytest.fixture
def backend() -> FakeBackend:
    """The cluster `pod`."""
    return FakeBackend("pod")


@pytest.fixture
def app(paths: Paths, backend: FakeBackend) -> PodtuiApp:
    """The app over one cluster in memory."""
    return make_app(paths, backend)


def make_app(paths: Paths, *backends: FakeBackend, **options: object) -> PodtuiApp:
    """The app over some clusters in memory."""
    config = fake_config(*(backend.name for backend in backends), **options)
    return PodtuiApp(fake_opener(config, paths, backends), config, paths)


async def until(pilot: Pilot[None], condition: Callable[[], object], what: str = "") -> None:
    """Let the app go on until `condition` holds; fails after twenty seconds, telling `what`."""
    deadline = asyncio.get_running_loop().time() + _DEADLINE
    while not _holds(condition):
        if asyncio.get_running_loop().time() > deadline:
            code = getattr(condition, "__code__", None)
            pytest.fail(f"waited in vain for {what or (code.co_names if code else condition)}")
        await pilot.pause(0.01)


def _holds(condition: Callable[[], object]) -> bool:
    """Whether it holds; a widget that is not there yet is nothing that can."""
    try:
        return bool(condition())
    except NoMatches:
        return False


async def opened(pilot: Pilot[None]) -> None:
    """Wait until the session is open: before that no cluster can ask anything."""
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    await until(pilot, app._opened.is_set, "the session")


async def there(pilot: Pilot[None], kind: type[W]) -> W:
    """Wait until the first screen has a widget of this class; panes come after the first frame."""
    screen = pilot.app.screen_stack[0]
    await until(pilot, lambda: screen.query(kind), f"a {kind.__name__}")
    return screen.query_one(kind)


def job_table(app: PodtuiApp) -> JobTable:
    """The table of the Jobs pane."""
    return app.screen_stack[0].query_one("#job-table", JobTable)


async def see_jobs(pilot: Pilot[None], *ids: str) -> JobTable:
    """Wait until the table shows jobs with these ids of the cluster `pod`."""
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    wanted = {JobKey("pod", job_id) for job_id in ids}
    await until(pilot, lambda: wanted <= set(job_table(app).keys), f"the jobs {ids}")
    return job_table(app)


def screen_text(app: PodtuiApp) -> str:
    """What stands on the screen now, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def toasts(app: PodtuiApp) -> str:
    """All notices the app has given and not yet taken away."""
    return "\n".join(f"{note.title}: {note.message}" for note in app._notifications)
