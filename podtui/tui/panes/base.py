"""What the four panes share: focus, and saying why a key does nothing."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.containers import Vertical
from textual.widget import Widget


class Pane(Vertical):
    """A pane of the main screen.

    Override `why_not`: a reason greys the action's key in the footer, and is told when the key is
    pressed all the same. Call `refresh_bindings()` when a reason may have changed.
    """

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

    def why_not(self, action: str) -> str:  # noqa: ARG002 - panes override it
        """Why `action` cannot be done just now; empty when it can."""
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Grey what cannot be done."""
        return None if self.why_not(action) else True

    def on_key(self, event: events.Key) -> None:
        """Say why a greyed key does nothing."""
        active = self.screen.active_bindings.get(event.key)  # a key may be the person's own
        if active and active.node is self and (why := self.why_not(active.binding.action)):
            event.stop()
            title = _plain(active.binding)
            self.notify(why, title=title, severity="warning", markup=False)


def _plain(binding: Binding) -> str:
    return f"{binding.description}: not now"
