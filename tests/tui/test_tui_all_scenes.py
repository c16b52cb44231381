"""Every pane, screen and dialog looks as it did, at two sizes, in the dark and in the light."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.screen import Screen

from podtui.domain.poll_cost import PollCost
from podtui.domain.staging import StagedPhase
from podtui.tui.frame import MainScreen
from podtui.tui.keymap import own_classes
from podtui.tui.panes import PANES
from podtui.tui.panes.base import Pane
from podtui.tui.panes.file_looks import FileLooks
from podtui.tui.panes.job_actions import JobActions
from podtui.tui.screens.job import JobScreen
from podtui.tui.screens.job_changing import JobChanging
from podtui.tui.screens.job_text import PHASES
from podtui.tui.screens.login import Prompt
from podtui.tui.screens.modal import Modal
from podtui.tui.screens.settings_form import SettingsForm
from podtui.tui.screens.submit_form import SubmitForm

from .picture import colours, letters, rows_of
from .scenes import ALL, GROUPS, Scene, jobs
from .scenes.stage import STATES, Stage, folder_for, on_stage

LARGE, SMALL = (120, 40), (80, 24)
THEMES = ("podtui-dark", "podtui-light")
Taken = dict[tuple[tuple[int, int], str], list[list[Segment]]]
"""What was on the screen, by size and theme."""
_NEVER_ALONE = {
    FileLooks,
    JobChanging,
    JobActions,
    Modal,
    Pane,
    Prompt,
    SettingsForm,
    SubmitForm,
}  # what others are made of
_IN_PANES = {MainScreen}  # what holds the panes


class TextPicture(SingleFileSnapshotExtension):
    """A picture as a text file."""

    _file_extension = "txt"
    _write_mode = WriteMode.TEXT


def _to_be_seen() -> set[type[Any]]:
    found = {kind for kind in own_classes() if issubclass(kind, Pane | Screen)}
    return found - _NEVER_ALONE - _IN_PANES


def test_each_pane_screen_and_dialog_has_a_scene() -> None:
    shown = {scene.shows for scene in ALL}
    assert {kind.__name__ for kind in _to_be_seen() - shown} == set()


def test_each_pane_is_seen_in_each_state() -> None:
    panes = {scene.shows for scene in ALL if issubclass(scene.shows, Pane)}
    wanted = {(pane.__name__, state) for pane in panes for state in STATES}
    assert wanted - {(scene.shows.__name__, scene.moment) for scene in ALL} == set()
    assert len(panes) == len(PANES)


def test_scenes_are_told_apart() -> None:
    names = [scene.name for scene in ALL]
    assert len(set(names)) == len(names)


def _steady(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """What would be another number or path in each run."""
    monkeypatch.setattr(PollCost, "words", "12 queries, the last in 0.1 s, 4.0 a minute")
    monkeypatch.setattr("podtui.tui.acts.base._TOAST_SECONDS", 1e6)
    monkeypatch.setattr("random.uniform", lambda low, high: (low + high) / 2)
    monkeypatch.chdir(folder)
    for name in ("EDITOR", "VISUAL", "PAGER", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("group", GROUPS)
async def test_all_looks(
    group: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    snapshot: SnapshotAssertion,
) -> None:
    _steady(monkeypatch, tmp_path)
    pictures = snapshot.use_extension(TextPicture)
    changed = []
    async with on_stage(folder_for(tmp_path), theme=THEMES[0], notifications=True) as stage:
        for at, scene in enumerate(GROUPS[group]):
            for name, told in await _look(stage, scene, THEMES[:: 1 if at % 2 == 0 else -1]):
                if told != pictures(name=name):
                    changed.append(name)
            stage.backend.error = None
            await stage.clear()
    assert changed == []


async def test_the_staging_tab_in_each_phase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    _steady(monkeypatch, tmp_path)
    sheets = []
    async with on_stage(folder_for(tmp_path), theme=THEMES[0], size=SMALL) as stage:
        stage.app.transfers = jobs.staging_transfers()
        await stage.push(JobScreen(jobs.staged_row(StagedPhase.NEW)))
        await stage.pilot.press("5")
        for phase in StagedPhase:
            stage.app.rows = (jobs.staged_row(phase),)
            await stage.sees(PHASES[phase])
            await stage.rest()
            rows = rows_of(stage.app)
            sheets += [f"== {phase.value}", letters(rows), colours(rows)]
    assert "\n".join(sheets) + "\n" == snapshot(extension_class=TextPicture)


async def _look(stage: Stage, scene: Scene, themes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Both sizes of one scene, each in both themes, with the fewest changes between them.

    The first of `themes` is worn already; the other one is worn at the end.
    """
    await scene.open(stage)
    if scene.shows is not MainScreen:
        stage.app.clear_notifications()
    assert isinstance(stage.app.screen, scene.shows) or stage.app.screen.query(scene.shows)
    taken: Taken = {}
    for size, theme in (
        (LARGE, themes[0]),
        (SMALL, themes[0]),
        (SMALL, themes[1]),
        (LARGE, themes[1]),
    ):
        await stage.pilot.resize_terminal(*size)
        stage.app.theme = theme
        await stage.rest()
        taken[size, theme] = rows_of(stage.app)
    return [(f"{scene.name}-{size[0]}x{size[1]}", _sheet(taken, size)) for size in (SMALL, LARGE)]


def _sheet(taken: Taken, size: tuple[int, int]) -> str:
    """One size in both themes; the letters stand there once where they are the same."""
    parts: list[str] = []
    for theme in THEMES:
        text = letters(taken[size, theme])
        parts += [theme, *([] if text in parts else [text]), colours(taken[size, theme])]
    return "\n".join(parts) + "\n"
