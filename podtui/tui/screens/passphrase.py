"""A new passphrase, typed twice; the old one first where there is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from podtui.tui.screens.modal import Modal


@dataclass(frozen=True, slots=True)
class PassphraseWish:
    """What opened the key and what shall; neither shows in a traceback."""

    old: str = field(repr=False)
    new: str = field(repr=False)


class PassphraseScreen(Modal[PassphraseWish | None]):
    """An empty new passphrase leaves the key unlocked; None when it was declined."""

    DEFAULT_CSS = """
    PassphraseScreen {
        & > .dialog-box > Label { margin-top: 1; }
        & > .dialog-box > Input { width: 64; max-width: 100%; }
    }
    """
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", "Never mind", id="passphrase.no", tooltip="Change nothing"),
    ]

    def __init__(self, title: str, *, ask_old: bool) -> None:
        super().__init__(classes="dialog")
        self._title = title
        self._ask_old = ask_old

    def compose(self) -> ComposeResult:
        """The fields, what is wrong with them, two buttons."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = Content(self._title)
            if self._ask_old:
                yield Label("The passphrase it has now", markup=False)
                yield Input(password=True, id="old", compact=True)
            yield Label("New passphrase (empty: the file is not encrypted)", markup=False)
            yield Input(password=True, id="new", compact=True)
            yield Label("New passphrase again", markup=False)
            yield Input(password=True, id="again", compact=True)
            yield Static("", markup=False, classes="dialog-problem")
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content("Never mind [Esc]"), id="no")
                yield Button(Content("OK [Enter]"), id="ok", variant="primary")

    @on(Input.Submitted)
    def go_on(self, event: Input.Submitted) -> None:
        """Enter goes to the next field, and takes them after the last."""
        event.stop()
        if event.input.id == "again":
            self.take()
        else:
            self.focus_next(Input)

    @on(Button.Pressed, "#ok")
    def take(self) -> None:
        """Take the wish if both say the same."""
        new, again = (self.query_one(f"#{name}", Input).value for name in ("new", "again"))
        if new != again:
            self.query_one(".dialog-problem", Static).update("The two passphrases differ.")
            self.query_one("#new").focus()
            return
        old = self.query_one("#old", Input).value if self._ask_old else ""
        self.dismiss(PassphraseWish(old, new))

    @on(Button.Pressed, "#no")
    def action_decline(self) -> None:
        """Change nothing."""
        self.dismiss(None)
