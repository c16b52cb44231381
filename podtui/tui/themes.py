"""Themes are files: each is read, its colours parsed, and only then does the screen see it."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from podtui.errors import ConfigError

DEFAULT_THEME = "podtui-dark"
_COLOURS = frozenset(
    {"primary", "secondary", "warning", "error", "success", "accent"}
    | {"foreground", "background", "surface", "panel", "boost"}
)
_NUMBERS = frozenset({"luminosity_spread", "text_alpha"})
_STYLES = frozenset({"none", "bold", "italic", "underline", "reverse", "strike", "dim", "not"})


def load_themes(*folders: Path) -> tuple[tuple[Theme, ...], tuple[ConfigError, ...]]:
    """Every good theme of the folders, later ones winning, and what is wrong with the others."""
    themes: dict[str, Theme] = {}
    errors = []
    for folder in folders:
        for file in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            try:
                themes[file.stem] = read_theme(file)
            except ConfigError as error:
                errors.append(error)
    return tuple(themes.values()), tuple(errors)


def read_theme(file: Path) -> Theme:
    """The theme in `file`, named after it; ConfigError tells the key that cannot be used."""
    try:
        values = tomllib.loads(file.read_text("utf-8"))
        _check(values)
        return Theme(name=file.stem, **values)
    except (OSError, ValueError) as error:  # TOML and UTF-8 errors are ValueErrors
        raise ConfigError(
            f"The theme {file} cannot be used: {error}.",
            title="Theme",
            hint="The other themes are loaded. Mend the file and start again.",
        ) from None


def _check(values: dict[str, Any]) -> None:
    known = {field.name for field in fields(Theme)} - {"name"}
    for key, value in values.items():
        if key not in known:
            raise ValueError(f"there is no key {key!r} in a theme")
        if key in _COLOURS:
            _check_colour(key, value)
        elif key in _NUMBERS:
            if not isinstance(value, float | int) or not 0 <= value <= 1:
                raise ValueError(f"{key} is a number from 0 to 1")
        elif key == "variables":
            _check_variables(value)
        elif not isinstance(value, bool):
            raise ValueError(f"{key} is true or false")
    if "primary" not in values:
        raise ValueError("it has no primary colour")


def _check_variables(variables: object) -> None:
    if not isinstance(variables, dict):
        raise ValueError("variables is a table")  # noqa: TRY004 - reported as one kind above
    for name, value in variables.items():
        if name.endswith("-style"):
            if not isinstance(value, str) or not set(value.split()) <= _STYLES:
                raise ValueError(f"{name}: {value!r} is not a text style")
        else:
            colour, _, share = str(value).partition(" ")
            _check_colour(name, colour if isinstance(value, str) else value)
            if share and not share.strip().removesuffix("%").isdigit():
                raise ValueError(f"{name}: {value!r} is not a colour")


def _check_colour(key: str, value: object) -> None:
    try:
        Color.parse(str(value) if isinstance(value, str) else "")
    except ColorParseError:
        raise ValueError(f"{key}: {value!r} is not a colour") from None
