"""The command log: each request and command podtui made, how long it took, how it went."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Label, Static

from podtui.backends.trace import Traced
from podtui.domain.text import visible
from podtui.tui.screens.modal import Modal, pressable

_OUTCOME = 24  # cells, beyond which outcomes stand as they are


class CommandLogScreen(Modal[None]):
    """Newest first; no secret stands here, so it can be sent with the report of a fault."""

    HELP = """
What podtui asked of the clusters, the latest first: requests without their query and headers,
commands without their input. `y` copies all of it, for the report of a fault.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Close", id="command_log.close", tooltip="Back"),
        Binding("y", "copy", "Copy", id="command_log.copy", tooltip="Copy all of it"),
    ]
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, entries: tuple[Traced, ...]) -> None:
        super().__init__(classes="dialog")
        self._entries = entries[::-1]

    def compose(self) -> ComposeResult:
        """A line each, long commands folded."""
        with Vertical(classes="dialog-box wide tall") as box:
            box.border_subtitle = pressable("y copies · Esc closes")
            yield Label("Command log", classes="dialog-title")
            with VerticalScroll():
                yield Static(self._text())

    def _text(self) -> Text:
        if not self._entries:
            return Text("Nothing was asked of any cluster yet.")
        colours = self.app.theme_variables
        text = Text()
        told = [(visible(entry.outcome) or "under way", entry) for entry in self._entries]
        wide = min(max(len(outcome) for outcome, _ in told), _OUTCOME)
        for outcome, entry in told:
            text.append(f"{_clock(entry)}  ", "dim")
            text.append(f"{entry.seconds:7.3f} s  ")
            text.append(f"{outcome:<{wide}}  ", "" if entry.good else colours["error"])
            text.append(f"{visible(entry.where)}  ", "dim")
            text.append(visible(entry.what))
            text.append(f"  ×{entry.count:,} in that folder\n" if entry.count > 1 else "\n", "dim")
        text.rstrip()
        return text

    def action_copy(self) -> None:
        """Put all of it into the terminal's clipboard (OSC 52)."""
        self.app.copy_to_clipboard(self._text().plain)
        self.notify(f"{len(self._entries)} lines copied.", markup=False)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


def _clock(entry: Traced) -> str:
    return f"{datetime.fromtimestamp(entry.began, UTC).astimezone():%H:%M:%S}"
