"""The dialog for a new key pair: where, what it is called, and its passphrase twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from podtui.tui.screens.modal import Modal


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A key pair to make; the passphrase never shows in a traceback."""

    path: Path
    comment: str
    passphrase: str = field(default="", repr=False)


class NewKeyScreen(Modal[KeyWish | None]):
    """A new ed25519 key pair; None when it was declined."""

    DEFAULT_CSS = """
    NewKeyScreen {
        & > .dialog-box > Label { margin-top: 1; }
        & > .dialog-box > Input { width: 64; max-width: 100%; }
    }
    """
    AUTO_FOCUS = "#path"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", "Never mind", id="newkey.no", tooltip="Make no key"),
    ]

    def __init__(self, path: Path, home: Path, comment: str) -> None:
        super().__init__(classes="dialog")
        self._path = path
        self._home = home
        self._comment = comment

    def compose(self) -> ComposeResult:
        """Four fields, what is wrong with them, two buttons."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = "New key pair (ed25519)"
            yield Label("File of the private key; the public one gets .pub", markup=False)
            yield Input(str(self._path), id="path", compact=True)
            yield Label("Comment", markup=False)
            yield Input(self._comment, id="comment", compact=True)
            yield Label("Passphrase (empty: the file is not encrypted)", markup=False)
            yield Input(password=True, id="passphrase", compact=True)
            yield Label("Passphrase again", markup=False)
            yield Input(password=True, id="again", compact=True)
            yield Static("", markup=False, classes="dialog-problem")
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content("Never mind [Esc]"), id="no")
                yield Button("Make it", id="ok", variant="primary")

    @on(Input.Submitted)
    def go_on(self, event: Input.Submitted) -> None:
        """Enter goes to the next field, and makes the key after the last."""
        event.stop()
        if event.input.id == "again":
            self.make()
        else:
            self.focus_next(Input)

    @on(Button.Pressed, "#ok")
    def make(self) -> None:
        """Take the wish if it can be one."""
        path, comment, passphrase, again = (
            self.query_one(f"#{name}", Input).value
            for name in ("path", "comment", "passphrase", "again")
        )
        problem = ""
        if not path.strip() or path.endswith("/"):
            problem, focus = "Type the path of a file.", "#path"
        elif passphrase != again:
            problem, focus = "The two passphrases differ.", "#passphrase"
        if problem:
            self.query_one(".dialog-problem", Static).update(problem)
            self.query_one(focus).focus()
        else:
            where = path.strip()
            at_home = where.startswith("~/")
            full = self._home / where[2:] if at_home else Path(where).absolute()
            self.dismiss(KeyWish(full, comment.strip(), passphrase))

    @on(Button.Pressed, "#no")
    def action_decline(self) -> None:
        """Make no key."""
        self.dismiss(None)
