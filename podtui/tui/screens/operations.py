"""What a cluster's service runs beside jobs: all of it, narrowed by words."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, Static

from podtui.domain.operation import Operation
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui.errors import in_a_line
from podtui.tui.operation_requests import OperationListRequested
from podtui.tui.standing import stands
from podtui.tui.widgets.key_line import KeyLine
from podtui.tui.widgets.line_list import LineList


class OperationList(LineList[Operation]):
    """One line an operation: its name, whether it asks first, what it does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Open", id="operations.open", tooltip="Its options, and run it"),
    ]

    def key_of(self, line: Operation) -> str:
        """Group and name."""
        return line.title

    def draw(self, line: Operation, width: int) -> Text:  # noqa: ARG002 - cut by the list
        """Name, mark and word, help."""
        text = Text(f"{visible(line.title, 30):<31}")
        style = self.app.theme_variables.get("warning", "") if line.changes else ""
        text.append(f"{'▲ asks first' if line.changes else '  runs at once':<15}", style=style)
        text.append(" ".join(visible(line.help, 300).split()))
        return text


class OperationsScreen(Screen[None]):
    """Enter opens one: its options in a form, and what it says."""

    HELP = """
The commands and operations that the service of this cluster runs for you. Those marked
**▲ asks first** may change something, or are for administrators: they are run after a question.
Type `/` and words to look for one.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "search",
            "Search",
            id="operations.search",
            key_display="/",
            tooltip="Type words that its name or help must have",
        ),
        Binding("g", "again", "Ask again", id="operations.again", tooltip="Ask the cluster now"),
        Binding(
            "question_mark",
            "app.help",
            "Help",
            id="operations.help",
            key_display="?",
            tooltip="What is shown here",
        ),
        Binding(
            "escape,q", "back", "Back", id="operations.back", tooltip="All of them again, then back"
        ),
    ]
    AUTO_FOCUS = "OperationList"
    CSS = """
    OperationsScreen > Input { background: $surface; }
    OperationsScreen > OperationList { height: 1fr; background: $background; }
    """

    def __init__(self, cluster: str) -> None:
        super().__init__()
        self._cluster = cluster
        self._all: tuple[Operation, ...] = ()
        self._nothing = "Asking the cluster…"

    def compose(self) -> ComposeResult:
        """Whose they are, the field, the operations."""
        yield Static(id="operations-title", classes="screen-title", markup=False)
        yield Input(placeholder="/ words: name or what it does …", compact=True)
        yield OperationList()
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask at once."""
        self.action_again()

    def action_again(self) -> None:
        """Ask the cluster for all of them."""
        self._show()
        self.post_message(OperationListRequested(self._cluster, self._took))

    def _took(self, got: tuple[Operation, ...] | PodError) -> None:
        if not stands(self):
            return
        if isinstance(got, PodError):
            self._nothing = f"{visible(got.title)}: {in_a_line(got)}"
        else:
            self._all, self._nothing = got, "It lists none."
        self._show()

    def _show(self) -> None:
        words = self.query_one(Input).value.lower().split()
        found = tuple(
            one
            for one in self._all
            if all(word in f"{one.title} {one.help}".lower() for word in words)
        )
        count = f": {len(found)} of {len(self._all)}" if self._all else ""
        title = f" Operations of {visible(self._cluster, 40)}{count}"
        self.query_one("#operations-title", Static).update(title)
        nothing = "No operation has all of these words." if self._all else self._nothing
        self.query_one(OperationList).show(found, nothing=nothing)

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Look while it is typed."""
        event.stop()
        self._show()

    @on(Input.Submitted)
    def to_list(self, event: Input.Submitted) -> None:
        """Keep the words, go on in the list."""
        event.stop()
        self.query_one(OperationList).focus()

    def action_search(self) -> None:
        """Type words."""
        self.query_one(Input).focus()

    @on(LineList.Chosen)
    def open_chosen(self) -> None:
        """The form of the operation under the cursor."""
        from podtui.tui.screens.operation import OperationScreen

        if operation := self.query_one(OperationList).current:
            self.app.push_screen(OperationScreen(self._cluster, operation))

    def action_back(self) -> None:
        """All of them again, then back."""
        field = self.query_one(Input)
        if field.has_focus or field.value:
            field.value = ""
            self.query_one(OperationList).focus()
        else:
            self.dismiss(None)
