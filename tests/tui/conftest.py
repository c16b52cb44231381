"""Screens for tests: a fixed clock, no animation, nobody's home."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from podtui.paths import Paths
from podtui.tui.app import PodtuiApp

from .fake_session import FakeBackend, fake_config, fake_opener, fake_paths

_DEADLINE = 20.0  # seconds


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No animation, no blinking, one zone and one size of glyphs everywhere."""
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr("textual.app.App.animation_level", "none", raising=False)
    monkeypatch.setattr("textual.widgets.Input.cursor_blink", False, raising=False)
    monkeypatch.setenv("TZ", "UTC")
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
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            pytest.fail(f"waited in vain for {what or condition.__code__.co_names}")
        await pilot.pause(0.01)
