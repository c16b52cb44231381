"""Whose jobs to watch: one's own, a user's, a unix group's, everybody's."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from podtui.domain.job import Scope
from podtui.tui.screens.modal import Modal, pressable

_WHOSE = {
    "mine": "Mine",
    "user": "A user's",
    "group": "A unix group's",
    "everybody": "Everybody's",
}


class ScopeScreen(Modal[Scope | None]):
    """Four choices; a user's and a group's need a name. None when it was declined."""

    DEFAULT_CSS = """
    ScopeScreen {
        & OptionList { height: auto; border: none; background: $surface; }
        & Input { margin-top: 1; display: none; }
        &.-naming Input { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", "Never mind", id="scope.no", tooltip="Change nothing"),
    ]
    AUTO_FOCUS = "OptionList"

    def __init__(self, scope: Scope) -> None:
        super().__init__(classes="dialog")
        self._scope = scope
        self._whose = _whose(scope)

    def compose(self) -> ComposeResult:
        """The choices, and a field for a name."""
        with Vertical(classes="dialog-box") as box:
            box.border_subtitle = pressable("Enter chooses · Esc closes")
            yield Label("Whose jobs?", classes="dialog-title")
            yield OptionList(*(Option(Text(text), id=key) for key, text in _WHOSE.items()))
            yield Input(self._scope.user or self._scope.group, placeholder="name", id="whose")
            yield Static("", markup=False, classes="dialog-problem")

    def on_mount(self) -> None:
        """Stand on what is shown now."""
        self.query_one(OptionList).highlighted = list(_WHOSE).index(self._whose)

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Take it, or ask for the name first."""
        event.stop()
        self._whose = event.option.id or "mine"
        if self._whose == "mine":
            self.dismiss(Scope())
        elif self._whose == "everybody":
            self.dismiss(Scope(everybody=True))
        else:
            self.add_class("-naming")
            self.query_one(Input).focus()

    @on(Input.Submitted)
    def take_name(self, event: Input.Submitted) -> None:
        """Take the name, or say why not."""
        event.stop()
        name = event.value.strip()
        if not name or any(letter.isspace() for letter in name):
            self.query_one(".dialog-problem", Static).update("Type one name.")
        else:
            self.dismiss(Scope(user=name) if self._whose == "user" else Scope(group=name))

    def action_decline(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def _whose(scope: Scope) -> str:
    if scope.everybody:
        return "everybody"
    return "user" if scope.user else "group" if scope.group else "mine"
