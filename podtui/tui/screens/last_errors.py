"""The last errors, whole: title, reason, next step, time."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from podtui.tui.errors import KeptError


class LastErrorsScreen(ModalScreen[None]):
    """Newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,exclamation_mark", "close", "Close", id="errors.close", tooltip="Back"),
    ]
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, errors: tuple[KeptError, ...]) -> None:
        super().__init__(classes="dialog")
        self._errors = errors

    def compose(self) -> ComposeResult:
        """One paragraph an error."""
        with Vertical(classes="dialog-box wide") as box:
            box.border_subtitle = "Esc closes"
            yield Label("Last errors", classes="dialog-title")
            with VerticalScroll():
                yield Static(self._text())

    def _text(self) -> Text:
        if not self._errors:
            return Text("Nothing has gone wrong since the start.")
        error_colour = self.app.theme_variables["error"]
        text = Text()
        for kept in self._errors:
            text.append(f"{kept.when.astimezone():%H:%M:%S}  ", style="dim")
            text.append(f"{kept.title}\n", style=f"bold {error_colour}")
            text.append(f"{kept.reason}\n")
            if kept.hint:
                text.append(f"{kept.hint}\n", style="italic")
            text.append("\n")
        text.rstrip()
        return text

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
