"""The last errors, whole: title, reason, next step, time."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Label, Static

from podtui.tui.errors import KeptError
from podtui.tui.requests import CopyRequested
from podtui.tui.screens.modal import Modal, pressable


class ErrorText(Static, can_focus=True):
    """One error; a click copies it."""

    DEFAULT_CSS = """
    ErrorText { height: auto; margin-bottom: 1; &:focus { background: $panel; } }
    """

    def __init__(self, kept: KeptError) -> None:
        super().__init__(markup=False)
        self.kept = kept

    def render(self) -> Text:
        """When, what, why, and what to do."""
        kept = self.kept
        text = Text(f"{kept.when.astimezone():%H:%M:%S}  ", "dim")
        text.append(f"{kept.title}\n", f"not dim bold {self.app.theme_variables['error']}")
        text.append(kept.reason, "not dim")
        if kept.hint:
            text.append(f"\n{kept.hint}", "not dim italic")
        return text

    def on_click(self, event: events.Click) -> None:
        """Copy it."""
        event.stop()
        self.copy()

    def copy(self) -> None:
        """Put it on the clipboard."""
        kept = self.kept
        when = f"{kept.when.astimezone():%Y-%m-%d %H:%M:%S%z}"
        self.post_message(CopyRequested(f"{when} {kept.title}\n{kept.text}", "The error"))


class LastErrorsScreen(Modal[None]):
    """Newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "app.focus_previous", "Up", show=False),
        Binding("down,j", "app.focus_next", "Down", show=False),
        Binding("y,enter", "copy", "Copy", id="errors.copy", tooltip="Copy this error"),
        Binding("escape,q,exclamation_mark", "close", "Close", id="errors.close", tooltip="Back"),
    ]
    AUTO_FOCUS = "ErrorText"

    def __init__(self, errors: tuple[KeptError, ...]) -> None:
        super().__init__(classes="dialog")
        self._errors = errors

    def compose(self) -> ComposeResult:
        """One paragraph an error."""
        with Vertical(classes="dialog-box wide") as box:
            box.border_subtitle = pressable("↑↓ choose · y or a click copies · Esc closes")
            yield Label("Last errors", classes="dialog-title")
            if not self._errors:
                yield Static("Nothing has gone wrong since the start.")
            with VerticalScroll(can_focus=False):
                for kept in self._errors:
                    yield ErrorText(kept)

    def action_copy(self) -> None:
        """Copy the error that has the focus, for the report of a fault."""
        if isinstance(self.focused, ErrorText):
            self.focused.copy()

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
