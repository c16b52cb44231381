"""Hostile text in every field of every pane, screen and dialog: shown harmless, in its width.

Each text that comes from outside carries markup, terminal sequences, letters that turn or hide
what is around them, bytes that are no UTF-8, or ten thousand letters. Nothing of that may reach
the terminal, and no line may be wider or narrower than the screen.
"""

from __future__ import annotations

import unicodedata
from itertools import cycle
from pathlib import Path

import pytest
from rich.segment import Segment

from podtui.errors import Refused

from .conftest import toasts
from .picture import rows_of
from .scenes import GROUPS
from .scenes.stage import Stage, folder_for, on_stage
from .scenes.world import Say

SHORT = (
    "[/x][red]m[/red][@click=app.quit]q[/]",  # markup
    "\x1b[2J\x1b[31m\x9b31m",  # ANSI, also its one-byte form
    "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x1b\\",  # OSC: title, clipboard
    "\u202eevil\u202c\u2066x\u2069\u200f",  # right to left
    "a\u200bb\u200d\u2060\ufeff\u00ad",  # zero-width
    "\udcff\udc80",  # bytes that are no UTF-8
    "a\nb\r\tc\x00\x7f\x85\u2028",  # lines, tabs, the end of a C string
    "漢字👩\u200d👩 ｱ e\u0301\u0301",  # wide and combined
    "$foo ${x} %s {} \\x1b &amp; <b>",  # other languages' own
)
LONG = "n" * 10_000 + "漢" * 100


def hostile() -> Say:
    """Each text in its turn is given another attack in front, and more of them behind."""
    turns = cycle(range(len(SHORT)))

    def say(text: str) -> str:
        at = next(turns)
        behind = LONG if at % 3 == 0 else "".join(SHORT[at:])
        return f"{SHORT[at]}{text}{behind}"

    return say


def _harmful(text: str) -> set[str]:
    """The characters in it that a terminal acts upon, or that cannot be written at all."""
    kinds = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return {repr(char) for char in text if unicodedata.category(char) in kinds}


def troubles(rows: list[list[Segment]], width: int) -> list[str]:
    """What is wrong with these lines, if they fill a screen of `width` cells."""
    found = []
    for number, row in enumerate(rows):
        text = "".join(segment.text for segment in row)
        if harm := _harmful(text):
            found.append(f"line {number} holds {sorted(harm)}: {text!r}")
        if any(segment.control for segment in row):
            found.append(f"line {number} commands the terminal")
        if (cells := sum(segment.cell_length for segment in row)) != width:
            found.append(f"line {number} is {cells} wide: {text!r}")
    return found


def test_what_harms_is_found() -> None:
    assert troubles([[Segment("ok "), Segment("漢")]], 5) == []
    assert troubles([[Segment("a\x1bb")]], 3) != []
    assert troubles([[Segment("a\u202eb")]], 3) != []
    assert troubles([[Segment("abc")]], 4) != []


@pytest.mark.parametrize("group", GROUPS)
async def test_every_field_is_shown_harmless(
    group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    wrong = []
    async with on_stage(folder_for(tmp_path), hostile(), notifications=True) as stage:
        for scene in GROUPS[group]:
            await scene.open(stage)
            for size in ((120, 40), (80, 24)):
                await stage.pilot.resize_terminal(*size)
                await stage.rest()
                wrong += [f"{scene.name}: {one}" for one in troubles(rows_of(stage.app), size[0])]
            await _walk_on(stage)
            wrong += [f"{scene.name}: {one}" for one in troubles(rows_of(stage.app), 80)]
            stage.backend.error = None
            await stage.clear()
            await stage.pilot.resize_terminal(120, 40)
    assert not wrong, "\n".join(wrong)


async def _walk_on(stage: Stage) -> None:
    """Further lines come under the cursor, and further fields into sight."""
    await stage.pilot.press("down", "down", "tab", "end")
    await stage.rest()


async def test_an_error_is_told_harmless(tmp_path: Path) -> None:
    say = hostile()
    async with on_stage(folder_for(tmp_path), notifications=True) as stage:
        for _ in SHORT:
            stage.app.show_error(Refused(say("no"), title=say("title"), hint=say("hint")))
            await stage.until(lambda: stage.app.screen.query("Toast"))
            await stage.rest()
            assert troubles(rows_of(stage.app), 120) == []
            assert not _harmful(toasts(stage.app).replace("\n", ""))
            stage.app.clear_notifications()
