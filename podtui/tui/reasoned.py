"""Keys that are greyed with a reason, and tell it when they are pressed all the same."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.widget import Widget


class Reasoned(Widget):
    """Override `why_not`. Stands behind the first base of a class, for whose style it makes way.

    A reason greys the action's key in the footer. Call `refresh_bindings()` when one may have
    changed.
    """

    def why_not(self, action: str) -> str:  # noqa: ARG002 - others override it
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
