"""What the four panes share: focus, and a footer that is drawn anew only where it changes."""

from __future__ import annotations

from typing import ClassVar

from textual.containers import Vertical
from textual.widget import Widget

from podtui.tui.reasoned import Reasoned


class Pane(Vertical, Reasoned):
    """A pane of the main screen."""

    HELP: ClassVar[str | None] = ""
    FOCUS: ClassVar[str] = "DataTable"
    """Selector of the widget that gets the focus when the pane is shown."""

    def take_focus(self) -> None:
        """Give the focus to the pane's own table, unless it is inside the pane already."""
        focused = self.screen.focused
        if focused is None or self not in focused.ancestors:
            self.query(self.FOCUS).first(Widget).focus()

    _reasons: tuple[bool, ...] = ()

    def refresh_bindings(self) -> None:
        """Draw the footer anew, but only where a key has become grey or is grey no more."""
        reasons = tuple(
            bool(self.why_not(binding.action))
            for bindings in self._bindings.key_to_bindings.values()
            for binding in bindings
        )
        if reasons != self._reasons:
            self._reasons = reasons
            super().refresh_bindings()
