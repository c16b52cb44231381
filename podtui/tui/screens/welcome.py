"""The first run: no cluster is configured yet, and here is how to come by one."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Label, OptionList, Static
from textual.widgets.option_list import Option

from podtui.tui.screens.modal import Modal

_WAYS = (
    ("pod", "Try the embedded pod", "a whole cluster in this machine; nothing leaves it"),
    ("add", "Add a cluster", "asked for step by step, and tried before it is kept"),
    ("import", "Take over PODTools' settings", "podtools.conf, with its secrets put away"),
    ("", "Look around", "the keys 1 to 4 show the panes, ? explains them, q leaves"),
)


class WelcomeScreen(Modal[str]):
    """Dismissed with the way that was chosen: "pod", "add", "import", or "" for none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Look around", id="welcome.back", tooltip="Choose none of them")
    ]
    DEFAULT_CSS = """
    WelcomeScreen OptionList { height: auto; width: 64; max-width: 100%; background: $surface; }
    """

    def __init__(self) -> None:
        super().__init__(classes="dialog")

    def compose(self) -> ComposeResult:
        """A sentence, and the ways."""
        with Vertical(classes="dialog-box"):
            yield Label("Welcome to podtui", classes="dialog-title")
            yield Static("No cluster is configured yet.", classes="dialog-body")
            yield OptionList(
                *(
                    Option(Content.assemble((title, "bold"), "\n  ", (words, "dim")), way or "none")
                    for way, title, words in _WAYS
                )
            )

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Go that way."""
        self.dismiss("" if event.option_id == "none" else event.option_id or "")

    def action_back(self) -> None:
        """Choose none."""
        self.dismiss("")
