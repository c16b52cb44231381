"""Themes: files are checked before the screen sees them, and what is shipped can be read."""

from __future__ import annotations

import tomllib
from itertools import combinations
from math import dist
from pathlib import Path

import pytest
from textual.color import Color

from podtui.paths import Paths, shared_file
from podtui.tui.app import PodtuiApp
from podtui.tui.glyphs import _JOB, _LINK, _STAGE
from podtui.tui.screens.theme_chooser import ThemeScreen
from podtui.tui.themes import load_themes, read_theme

from .conftest import make_app, screen_text, until
from .fake_session import FakeBackend

SHIPPED = tuple(sorted(file.stem for file in shared_file("themes").glob("*.toml")))
_READABLE = 4.5  # WCAG 2, level AA
_HIGH = 7.0  # level AAA
_GROUNDS = ("background", "surface", "panel")
_PAIRS = (  # text, ground: variables of the generated style sheet
    ("block-cursor-foreground", "block-cursor-background"),
    ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
    ("footer-key-foreground", "footer-background"),
    ("footer-description-foreground", "footer-background"),
    ("button-color-foreground", "primary"),
    ("button-color-foreground", "error"),
)
_STATES = ("primary", "success", "warning", "error")
_APART = 20.0  # distance in CIELAB; 2.3 is just seen side by side
# How the two common kinds of colour blindness see linear RGB: Machado, Oliveira and Fernandes,
# "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.
_BLIND = {
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}


def test_six_themes_are_shipped() -> None:
    assert set(SHIPPED) == {
        "podtui-dark",
        "podtui-light",
        "podtui-contrast",
        "podtui-safe-dark",
        "podtui-safe-light",
        "podtui-mono",
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_all_text_is_readable_on_every_ground(name: str) -> None:
    least = _HIGH if name == "podtui-contrast" else _READABLE
    look = read_theme(shared_file("themes") / f"{name}.toml").to_color_system().generate()
    used = {colour for table in (_LINK, _JOB, _STAGE) for _, colour in table.values()}
    texts = {*used, "secondary", "accent", "foreground", "text-muted"}
    texts |= {f"text-{state}" for state in (*_STATES, "accent")}
    pairs = [(text, ground) for text in texts for ground in _GROUNDS]
    for text, ground in [*pairs, *_PAIRS]:
        ratio = _contrast(_seen(look[text], look[ground]), look[ground])
        assert ratio >= least, f"{text} on {ground}: {ratio:.1f}"


def _seen(colour: str, ground: str) -> str:
    """A colour as it stands on a ground: `auto 60%` is black or white, laid over it."""
    if not colour.startswith("auto"):
        return colour
    share = int(colour.removeprefix("auto").strip().rstrip("%")) / 100
    below = Color.parse(ground)
    return below.blend(below.get_contrast_text(1.0), share).hex


@pytest.mark.parametrize("name", [name for name in SHIPPED if "safe" in name])
@pytest.mark.parametrize("eyes", _BLIND)
def test_states_look_different_to_colour_blind_eyes(name: str, eyes: str) -> None:
    theme = read_theme(shared_file("themes") / f"{name}.toml")
    for one, other in combinations(_STATES, 2):
        seen = [_lab(str(getattr(theme, state)), eyes) for state in (one, other)]
        assert dist(*seen) >= _APART, f"{one} and {other}"


def _lab(text: str, eyes: str) -> tuple[float, float, float]:
    """A colour in CIELAB, as these eyes see it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
              for c in Color.parse(text).normalized]  # fmt: skip
    red, green, blue = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True))))
        for row in _BLIND[eyes]
    )
    x, y, z = (
        _cube((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505),
        _cube(0.2126 * red + 0.7152 * green + 0.0722 * blue),
        _cube((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.0888),
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _cube(share: float) -> float:
    return share ** (1 / 3) if share > 0.008856 else 7.787 * share + 16 / 116


def test_the_theme_without_colours_has_none() -> None:
    theme = read_theme(shared_file("themes") / "podtui-mono.toml")
    for colour in (*_STATES, "secondary", "accent", "foreground", *_GROUNDS):
        red, green, blue = Color.parse(str(getattr(theme, colour))).rgb
        assert red == green == blue, colour


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


async def test_the_whole_screen_wears_the_theme_under_the_cursor(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        await until(pilot, lambda: app._session)
        await pilot.press("T")
        await until(pilot, lambda: isinstance(app.screen, ThemeScreen))
        await pilot.press("home")
        await until(pilot, lambda: app.theme == SHIPPED[0])
        await pilot.press("escape")
        await until(pilot, lambda: app.theme == "podtui-dark")
        assert not app._paths.config_file.exists()


async def test_the_chosen_theme_is_kept_in_the_configuration(app: PodtuiApp) -> None:
    file = app._paths.config_file
    file.parent.mkdir(parents=True)
    file.write_text("# my own words\n")
    async with app.run_test() as pilot:
        await until(pilot, lambda: app._session)
        await pilot.press("T")
        await until(pilot, lambda: isinstance(app.screen, ThemeScreen))
        await pilot.press("home")
        await until(pilot, lambda: app.theme == SHIPPED[0])
        await pilot.press("enter")
        await until(pilot, lambda: "theme" in file.read_text())
    assert file.read_text().startswith("# my own words\n")
    assert tomllib.loads(file.read_text())["theme"] == SHIPPED[0]


async def test_without_colour_every_state_still_stands_in_words(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(paths, FakeBackend("pod"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "● pod online" in screen_text(app))
        assert any(type(one).__name__ == "Monochrome" for one in app._filters)
