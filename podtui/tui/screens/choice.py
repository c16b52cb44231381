"""One of several answers, each explained; the first is the harmless one."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label, OptionList, Static
from textual.widgets.option_list import Option

from podtui.tui.screens.login import Prompt
from podtui.tui.screens.modal import pressable
from podtui.tui.widgets.tick_box import TickBox


class Choice(NamedTuple):
    """An answer: its key, a word or two, what it means; all of them harmless text."""

    key: str
    label: str
    tells: str = ""


class Chosen(NamedTuple):
    """The key that was chosen, and whether the box was ticked."""

    key: str
    ticked: bool


class ChoiceScreen(Prompt[Chosen | None]):
    """Arrows and Enter, or a click; None when it was declined."""

    DEFAULT_CSS = """
    ChoiceScreen {
        & OptionList {
            height: auto;
            max-height: 50vh;
            border: none;
            padding: 0;
            background: $surface;
            &:focus { border: none; }
        }
        & TickBox { margin-top: 1; }
        & .dialog-body { height: auto; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", "Never mind", id="choice.no", tooltip="Change nothing"),
        Binding("t", "tick", "Tick the box", show=False, id="choice.tick", tooltip="For all"),
    ]
    AUTO_FOCUS = "OptionList"

    def __init__(
        self,
        title: str,
        body: str,
        choices: tuple[Choice, ...],
        *,
        current: str = "",
        tick: str = "",
        escape: str = "Esc closes",
    ) -> None:
        super().__init__(classes="dialog")
        self._what = title
        self._body = body
        self._choices = choices
        self._current = current
        self._tick = tick
        self._escape = escape

    def compose(self) -> ComposeResult:
        """Title, body, the answers, the box."""
        wide = max(len(choice.label) for choice in self._choices)
        with Vertical(classes="dialog-box") as box:
            box.border_subtitle = pressable(f"Enter chooses · {self._escape}")
            yield Label(self._what, markup=False, classes="dialog-title")
            if self._body:
                yield Static(self._body, markup=False, classes="dialog-body")
            yield OptionList(
                *(
                    Option(Text.assemble(f"{one.label:<{wide}}  ", (one.tells, "dim")), one.key)
                    for one in self._choices
                )
            )
            if self._tick:
                yield TickBox(f"{self._tick}  (t)", False, id="tick")

    def on_mount(self) -> None:
        """Stand on what holds now, else on the first."""
        keys = [choice.key for choice in self._choices]
        at = keys.index(self._current) if self._current in keys else 0
        self.query_one(OptionList).highlighted = at

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        event.stop()
        ticked = bool(self._tick) and self.query_one("#tick", TickBox).value
        self.dismiss(Chosen(event.option.id or "", ticked))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only some have a box."""
        if action == "tick" and not self._tick:
            return False
        return super().check_action(action, parameters)

    def action_tick(self) -> None:
        """Turn the box."""
        self.query_one(TickBox).toggle()

    def action_decline(self) -> None:
        """Change nothing."""
        self.dismiss(None)
