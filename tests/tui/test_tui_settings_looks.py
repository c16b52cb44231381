"""How the settings screen looks: a group with a variable above the file, a cluster, a question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from podtui.paths import Paths
from podtui.tui.app import PodtuiApp

from .conftest import screen_text, until
from .fake_session import FakeBackend
from .settings_file import FILE, go_to_group, open_settings, row, settings_app
from .test_tui_looks import SIZES

THEMES = pytest.mark.parametrize("theme", ["podtui-dark", "podtui-light"])


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], PodtuiApp]:
    """The app in a theme; its file is told by a path that is the same in each run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir(exist_ok=True)

    def make(theme: str) -> PodtuiApp:
        paths = Paths(Path("config/config.toml"), tmp_path / "state", tmp_path / "home")
        text = FILE.replace("podtui-dark", theme)
        return settings_app(paths, FakeBackend("pod"), text=text, environ={"PODTUI_BELL": "yes"})

    return make


@THEMES
@SIZES
def test_settings_of_a_cluster(
    snap_compare: Callable[..., bool],
    app: Callable[[str], PodtuiApp],
    size: tuple[int, int],
    theme: str,
) -> None:
    async def changed(pilot: Pilot[None]) -> None:
        screen = await open_settings(pilot)
        await go_to_group(pilot, screen, "cluster pod")
        row(screen, "poll_seconds").focus_field()
        await pilot.press("x")
        await until(pilot, lambda: "✗ wrong" in screen_text(pilot.app))  # type: ignore[arg-type]
        await until(pilot, lambda: "must be a number" in screen_text(pilot.app))  # type: ignore[arg-type]

    assert snap_compare(app(theme), terminal_size=size, run_before=changed)


@SIZES
def test_settings_below_a_variable(
    snap_compare: Callable[..., bool], app: Callable[[str], PodtuiApp], size: tuple[int, int]
) -> None:
    async def looked(pilot: Pilot[None]) -> None:
        screen = await open_settings(pilot)
        await go_to_group(pilot, screen, "Notices")
        row(screen, "bell").focus_field()
        await until(pilot, lambda: "PODTUI_BELL wins" in screen_text(pilot.app))  # type: ignore[arg-type]

    assert snap_compare(app("podtui-dark"), terminal_size=size, run_before=looked)
