"""A host that shows another key than before: what that can mean, and the two ways on."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from podtui.domain.text import visible
from podtui.errors import HostKeyChange
from podtui.tui.screens.modal import Modal

_MEANING = """\
Nothing was sent there. Either the host has got a new key: it was installed anew, or its address \
belongs to another machine now. Or somebody stands between you and the host, and would read all \
you send.

Ask those who run it for the fingerprint it has now, by another way than this network. Only if it \
is the one shown now, forget the old key: the next login shows the new one once more and asks."""


class HostKeyChangedScreen(Modal[bool]):
    """True to forget the known key. Enter refuses: forgetting takes a deliberate key."""

    HELP = """\
# A host key has changed

podtui keeps the key each host showed first, and logs in only where the host proves that it still
has it. This one shows another. *Esc* leaves everything as it is and sends nothing. `Ctrl+F` takes
the old key out of known_hosts; do that only when the owners of the host confirm the new one.
"""
    DEFAULT_CSS = """
    HostKeyChangedScreen {
        & > .change-box {
            width: 98%; max-width: 96; height: auto; max-height: 98%; padding: 0 1;
            background: $surface; border: round $error;
        }
        & > .change-box > VerticalScroll { height: auto; max-height: 70vh; }
        & #change-facts { margin: 0 0 1 0; height: auto; }
        & #change-meaning { height: auto; }
    }
    """
    AUTO_FOCUS = "#refuse"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "answer(False)", "Leave it", id="changed.leave", tooltip="Change nothing"
        ),
        Binding(
            "ctrl+f",
            "answer(True)",
            "Forget the old key",
            id="changed.forget",
            tooltip="Take the old key out of known_hosts",
        ),
    ]

    def __init__(self, change: HostKeyChange) -> None:
        super().__init__(classes="dialog")
        self.change = change

    def compose(self) -> ComposeResult:
        """The facts to compare, what they mean, and the two answers."""
        with Vertical(classes="change-box") as box:
            box.border_title = "▲ HOST KEY CHANGED"
            with VerticalScroll(can_focus=False):
                yield Static(self._facts(), id="change-facts")
                yield Static(_MEANING, id="change-meaning", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content("Leave it [Esc]"), id="refuse", variant="primary")
                yield Button(Content("Forget the old key [^f]"), id="forget", variant="error")

    def _facts(self) -> Text:
        change = self.change
        error = self.app.theme_variables.get("error", "")
        rows = (
            ("Host", change.host, ""),
            ("Known key", change.known[1], ""),
            ("", f"{change.known[0]}, from {change.file}, line {change.line}", ""),
            ("Shown now", change.shown[1], f"bold {error}"),
            ("", change.shown[0], ""),
        )
        return Text("\n").join(
            Text.assemble((f"{name:<12}", "bold"), (visible(value, 300), style))
            for name, value, style in rows
        )

    @on(Button.Pressed)
    def take_answer(self, event: Button.Pressed) -> None:
        """Answer by button."""
        event.stop()
        self.dismiss(event.button.id == "forget")

    def action_answer(self, answer: bool) -> None:
        """Answer by key."""
        self.dismiss(answer)
