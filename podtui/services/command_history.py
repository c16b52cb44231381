"""The command lines a person has given, kept from one start to the next.

No command takes a secret, and only what was understood is kept.
"""

from __future__ import annotations

from pathlib import Path

from podtui.services.kept_json import KeptJson

MOST = 200
"""Lines that are kept; older ones go."""
_LONGEST = 1000  # characters


class CommandHistory:
    """Reads and writes the file; both block and raise as KeptJson's."""

    def __init__(self, path: Path) -> None:
        self._file = KeptJson(path, "commands")

    def load(self) -> tuple[str, ...]:
        """The lines, the latest first; what is no such line is left out."""
        data = self._file.load() or {}
        lines = data.get("lines")
        found = [
            line
            for line in (lines if isinstance(lines, list) else ())
            if isinstance(line, str) and line.isprintable() and 0 < len(line) <= _LONGEST
        ]
        return tuple(dict.fromkeys(found))[:MOST]

    def save(self, lines: tuple[str, ...]) -> None:
        """Keep them."""
        kept = [line for line in lines if line.isprintable() and len(line) <= _LONGEST]
        self._file.save({"lines": kept[:MOST]})
