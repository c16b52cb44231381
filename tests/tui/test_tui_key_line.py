"""The key line: what fits, what is told of the rest, clicks, and what a change of panes costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from podtui.tui.app import PodtuiApp
from podtui.tui.panes import PANES
from podtui.tui.widgets.key_line import KeyHint, KeyLine, fitted

from .conftest import job_table, screen_text, toasts, until


def _hint(word: str, name: str = "", shown: str = "x") -> KeyHint:
    return KeyHint(name or f"pane.{word}", shown, shown, word, enabled=True, tooltip="")


SHARED = (_hint("Help", "app.help", "?"), _hint("Quit", "app.quit", "q"))
OWN = tuple(_hint(f"Action{number}") for number in range(9))


def _told(hints: tuple[KeyHint, ...]) -> str:
    return "  ".join(f"{hint.shown} {hint.word}" for hint in hints)


def test_what_fits_stands_there_whole() -> None:
    assert fitted((*OWN[:2], *SHARED), 80) == (*OWN[:2], *SHARED)


@pytest.mark.parametrize("width", range(14, 120))
def test_no_key_is_cut_off_unseen(width: int) -> None:
    shown = fitted((*OWN, *SHARED), width)
    assert len(_told(shown)) <= width
    missing = len(OWN) + len(SHARED) - len(shown)
    told = next(hint.word for hint in shown if hint.id == "app.help")
    assert told == (f"{missing} more" if missing else "Help")
    own = [hint for hint in shown if not hint.id.startswith("app.")]
    assert own == list(OWN[: len(own)])  # the first are the most important


async def test_at_80_columns_the_help_says_how_many_keys_are_not_shown(app: PodtuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: job_table(app).has_focus)
        await until(pilot, lambda: app.query("#clusters Pane"))
        await pilot.press("1")
        await until(pilot, lambda: " more" in screen_text(app).splitlines()[-1])
        last = screen_text(app).splitlines()[-1]
        assert "q Quit" in last
        assert "…" not in last


async def test_a_click_presses_the_key(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: job_table(app).has_focus)
        line = app.query_one(KeyLine)
        await until(pilot, lambda: " Quit" in screen_text(app).splitlines()[-1])
        at = screen_text(app).splitlines()[-1].index("? ")
        hint = line.hint_at(at)
        assert hint is not None
        assert hint.id == "app.help"
        await pilot.click(KeyLine, offset=(at, 0))
        await until(pilot, lambda: type(app.screen).__name__ == "HelpScreen")


async def test_a_click_on_a_grey_key_says_why(app: PodtuiApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: job_table(app).has_focus)
        line = app.query_one(KeyLine)
        await until(pilot, lambda: any(not hint.enabled for _, hint in line._places))
        cells, hint = next(place for place in line._places if not place[1].enabled)
        await pilot.click(KeyLine, offset=(cells.start + line.gutter.left, 0))
        await until(pilot, lambda: f"{hint.word}" in toasts(app))


async def test_a_change_of_panes_lays_out_once(
    app: PodtuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    _count(monkeypatch, "_refresh_layout", seen)
    async with app.run_test(size=(120, 40)) as pilot:
        await _told_all(pilot, app)
        for key in "1234":  # each pane is laid out for the first time
            await pilot.press(key)
            await until(pilot, lambda key=key: _focus_in(app, PANES[int(key) - 1]))
        for key in "2142":
            await pilot.pause()
            seen.clear()
            await pilot.press(key)
            await until(pilot, lambda key=key: _focus_in(app, PANES[int(key) - 1]))
            await pilot.pause()
            assert len(seen) <= 2, seen


async def test_polls_that_tell_nothing_new_lay_out_nothing(
    app: PodtuiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    async with app.run_test(size=(120, 40)) as pilot:
        await _told_all(pilot, app)
        await pilot.pause()
        _count(monkeypatch, "_refresh_layout", seen)
        queries = app.costs["pod"].queries
        await until(pilot, lambda: app.costs["pod"].queries > queries + 9, "ten polls")
        await pilot.pause()
        assert not seen


async def _told_all(pilot: Pilot[None], app: PodtuiApp) -> None:
    """Wait until the cluster has told all it has: each new thing lays out its pane once."""
    await until(pilot, lambda: all(app.query(f"#{name} Pane") for name in PANES))
    await until(pilot, lambda: "● pod online" in screen_text(app), "the cluster")
    await until(pilot, lambda: app.clouds and app.clouds[0].overview, "its cloud")
    await until(pilot, lambda: app.costs["pod"].queries, "its jobs")


def _focus_in(app: PodtuiApp, pane: str) -> bool:
    focused = app.screen.focused
    return focused is not None and app.query_one(f"#{pane}") in focused.ancestors


def _count(monkeypatch: pytest.MonkeyPatch, name: str, seen: list[str]) -> None:
    original: Callable[..., None] = getattr(Screen, name)

    def counted(self: Screen[object], *args: object, **named: object) -> None:
        seen.append(name)
        original(self, *args, **named)

    monkeypatch.setattr(Screen, name, counted)
