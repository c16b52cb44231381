"""Keys of one's own while they are chosen on the settings screen."""

from __future__ import annotations

from rich.text import Text

from podtui.config.survey import Survey, keymap_here
from podtui.domain.text import visible
from podtui.tui.keymap import bound_keys, checked_keymap
from podtui.tui.widgets.key_bindings_table import KeyLine

_PREFIX = "keys."


class KeymapDraft:
    """The keymap of the file with what is changed in `draft`, which `put` changes in place."""

    def __init__(self, survey: Survey, draft: dict[str, str | None]) -> None:
        self._held = dict(survey.config.keys)
        self._file = keymap_here(survey.text)
        self._draft = draft

    def wanted(self) -> dict[str, str]:
        """Ids with the keys they shall have, those of the file and of what wins over it."""
        wanted = {**self._file, **self._held}
        for dotted, typed in self._draft.items():
            if dotted.startswith(_PREFIX):
                name = dotted.removeprefix(_PREFIX)
                wanted.pop(name, None)
                if typed is not None:
                    wanted[name] = typed
        return wanted

    def lines(self) -> tuple[KeyLine, ...]:
        """Every binding, by its id."""
        wanted = self.wanted()
        found: dict[str, KeyLine] = {}
        for bound in bound_keys():
            keys = wanted.get(bound.id, ", ".join(bound.keys))
            where = "file" if bound.id in self._file else "default"
            if f"{_PREFIX}{bound.id}" in self._draft:
                where = "● changed" if bound.id in wanted else "● reset"
            found.setdefault(bound.id, KeyLine(bound, keys, where))
        return tuple(found[name] for name in sorted(found))

    def put(self, name: str, key: str) -> None:
        """Give a binding another key, "" for the one it comes with."""
        dotted = f"{_PREFIX}{name}"
        if key == self._file.get(name, ""):
            self._draft.pop(dotted, None)
        else:
            self._draft[dotted] = key or None

    def problem(self, name: str, key: str) -> str:
        """Why a binding cannot have a key; empty when it can."""
        good, errors = checked_keymap({**self.wanted(), name: key}.items())
        return "" if name in good else errors[0].message if errors else ""

    def about(self, line: KeyLine) -> Text:
        """What the binding does, and how it gets another key."""
        default = ", ".join(line.bound.keys)
        text = Text(f"{_PREFIX}{line.bound.id}", "bold")
        text.append("  a key, or several with commas; a change holds at once.\n", "dim")
        text.append(f"Now: {visible(line.keys, 60)}. Without the file: {visible(default, 60)}.\n")
        text.append("Enter asks for another key, Reset gives it the one it comes with.")
        return text
