"""What the settings screen says of one setting. Pure."""

from __future__ import annotations

from rich.text import Text

from podtui.config.keys import KeyType, fold
from podtui.config.survey import SettingLine
from podtui.config.variables import split_key
from podtui.domain.text import visible


def about(line: SettingLine, problem: str) -> Text:
    """What is wrong, what it is for, what it may be, what holds and why, when a change holds."""
    text = Text("")
    if problem:
        text.append(f"✗ {visible(problem, 300)}\n", "bold")
    text.append(line.dotted, "bold")
    text.append(f"  {_what(line)}; a change holds {line.key.takes.value}.\n", "dim")
    text.append(f"{_holds(line)}\n")
    if line.above:
        text.append(f"! {_wins(line)}\n", "bold")
    text.append(line.explained)
    return text


def _what(line: SettingLine) -> str:
    return "a word of the list" if line.key.type is KeyType.CHOICE else line.key.type.value


def _holds(line: SettingLine) -> str:
    now = visible(line.effect, 120) or "nothing"
    origin = "" if line.origin == "default" else f", from {visible(line.origin, 120)}"
    default = visible(line.without, 80)
    without = f" Without the file: {default}." if default and default != line.effect else ""
    if line.dotted.startswith("defaults.") and line.here is None:
        return "Each cluster has its own, or its kind's default."
    return f"Now: {now}{origin}.{without}"


def _wins(line: SettingLine) -> str:
    if line.above == "environment":
        variable = "PODTUI_" + "__".join(fold(part).upper() for part in split_key(line.dotted))
        return f"{variable} wins over the file: what is set here holds once it is gone."
    if line.above == "option":
        return "An option wins over the file: what is set here holds without it."
    return f"It is told by {visible(line.above, 120)}, which wins: reset that first."
