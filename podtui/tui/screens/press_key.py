"""Another key for a binding: press it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label, Static

from podtui.domain.text import visible
from podtui.tui.keymap import BoundKey
from podtui.tui.screens.modal import pressable

_OWN = ("enter", "escape", "tab", "shift+tab")


class PressKeyScreen(ModalScreen[str | None]):
    """Dismissed with the key, "" for the one it comes with, None when all stays.

    `problem` tells why a key cannot be had, empty when it can.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take it", id="press_key.take", tooltip="This key from now on"),
        Binding("escape", "leave", "Never mind", id="press_key.no", tooltip="Change nothing"),
    ]
    AUTO_FOCUS = ""

    def __init__(self, bound: BoundKey, now: str, problem: Callable[[str], str]) -> None:
        super().__init__(classes="dialog")
        self._bound = bound
        self._now = now
        self._problem = problem
        self.pressed = ""

    def compose(self) -> ComposeResult:
        """What it is for, what was pressed, what is wrong with it, three buttons."""
        with Vertical(classes="dialog-box") as box:
            box.border_subtitle = pressable("Enter takes it · Esc changes nothing")
            yield Label(
                f"Press a key for {self._bound.description or self._bound.id}",
                classes="dialog-title",
                markup=False,
            )
            yield Static(f"{self._bound.id} is now: {self._now}", markup=False)
            yield Static("Pressed: nothing yet", id="pressed", markup=False)
            yield Static("", classes="dialog-problem", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content("Never mind [Esc]"), id="leave", compact=True)
                yield Button("The default", id="default", compact=True)
                yield Button(Content("Take it [Enter]"), id="take", compact=True)

    def on_key(self, event: events.Key) -> None:
        """Any key but those that answer the dialog."""
        if event.key in _OWN:
            return
        event.stop()
        event.prevent_default()
        self.pressed = event.key
        text = Text(f"Pressed: {visible(event.key, 40)}", "bold")
        self.query_one("#pressed", Static).update(text)
        self._complain(self._problem(event.key))

    def _complain(self, problem: str) -> None:
        self.query_one(".dialog-problem", Static).update(Text(visible(problem, 200)))

    @on(Button.Pressed, "#take")
    def action_take(self) -> None:
        """Take what was pressed, if it can be had."""
        if not self.pressed:
            self._complain("Press the key first.")
        elif problem := self._problem(self.pressed):
            self._complain(problem)
            self.app.bell()
        else:
            self.dismiss(self.pressed)

    @on(Button.Pressed, "#default")
    def take_default(self) -> None:
        """The key it comes with."""
        self.dismiss("")

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
