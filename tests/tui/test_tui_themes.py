"""Themes: files are checked before the screen sees them, and what is shipped can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color

from podtui.paths import shared_file
from podtui.tui.glyphs import _JOB, _LINK, _STAGE
from podtui.tui.themes import load_themes, read_theme

SHIPPED = ("podtui-dark", "podtui-light")
_READABLE = 4.5  # WCAG 2, level AA


@pytest.mark.parametrize("name", SHIPPED)
def test_state_colours_are_readable_on_every_ground(name: str) -> None:
    theme = read_theme(shared_file("themes") / f"{name}.toml")
    used = {colour for table in (_LINK, _JOB, _STAGE) for _, colour in table.values()}
    for colour in {*used, "secondary", "accent"}:
        for ground in ("background", "surface", "panel"):
            ratio = _contrast(getattr(theme, colour), getattr(theme, ground))
            assert ratio >= _READABLE, f"{colour} on {ground}: {ratio:.1f}"
    cursor = [theme.variables[f"block-cursor-{part}"] for part in ("foreground", "background")]
    assert _contrast(*cursor) >= _READABLE


def _contrast(one: str, other: str) -> float:
    def luminance(text: str) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                 for c in Color.parse(text).normalized]  # fmt: skip
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('primary = "blurple"', "primary: 'blurple' is not a colour"),
        ("primary = 7", "primary: 7 is not a colour"),
        ('primary = "#112233"\nprimry = "#112233"', "there is no key 'primry' in a theme"),
        ('secondary = "#112233"', "it has no primary colour"),
        ('primary = "#112233"\ndark = "yes"', "dark is true or false"),
        ('primary = "#112233"\ntext_alpha = 3', "text_alpha is a number from 0 to 1"),
        ('primary = "#112233"\n[variables]\nborder = "x"', "border: 'x' is not a colour"),
        ('primary = "#112233"\n[variables]\na-style = "loud"', "is not a text style"),
        ("primary = ", "Invalid value"),
    ],
)
def test_a_bad_theme_is_refused_with_its_reason(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    (tmp_path / "good.toml").write_text('primary = "#112233"')
    themes, errors = load_themes(tmp_path)
    assert [theme.name for theme in themes] == ["good"]
    assert len(errors) == 1
    assert reason in errors[0].message
    assert "bad.toml" in errors[0].message


def test_ones_own_theme_wins_over_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "podtui-dark.toml").write_text('primary = "#010203"')
    themes, errors = load_themes(shared_file("themes"), tmp_path)
    assert not errors
    assert {theme.name: theme.primary for theme in themes}["podtui-dark"] == "#010203"


def test_a_missing_folder_is_no_error(tmp_path: Path) -> None:
    assert load_themes(tmp_path / "none") == ((), ())
