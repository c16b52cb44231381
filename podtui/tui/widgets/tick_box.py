"""A checkbox whose mark says yes or no, not only its colour."""

from __future__ import annotations

from textual.widgets import Checkbox


class TickBox(Checkbox):
    """`[✓] on`, `[ ] off`."""

    BUTTON_LEFT = "["
    BUTTON_RIGHT = "]"

    def __init__(self, label: str, value: bool, *, id: str) -> None:
        self.BUTTON_INNER = "✓" if value else " "
        super().__init__(label, value, id=id, compact=True)

    def watch_value(self) -> None:
        """Change the mark with the value."""
        self.BUTTON_INNER = "✓" if self.value else " "
        super().watch_value()
