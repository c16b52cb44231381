"""The difference between two scripts, in colours."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from podtui.domain.text import visible
from podtui.domain.translate import unified_diff

_LONGEST_LINE = 300  # characters
_MOST_LINES = 1000


def diff_text(before: str, after: str, name: str, then: str, colours: Mapping[str, str]) -> Text:
    """As `diff -u` shows it, each line made harmless; empty where nothing differs."""
    styles = {"+": colours["success"], "-": colours["error"], "@": "dim"}
    lines = unified_diff(before, after, name, then).splitlines()[:_MOST_LINES]
    return Text("\n").join(
        Text(visible(line.expandtabs(), _LONGEST_LINE), styles.get(line[:1], "")) for line in lines
    )


def diff_counts(before: str, after: str) -> tuple[int, int]:
    """Lines that come, and lines that go."""
    lines = unified_diff(before, after, "", "").splitlines()[2:]
    return sum(one[:1] == "+" for one in lines), sum(one[:1] == "-" for one in lines)
