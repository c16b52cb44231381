"""A list of things that travel with a job: type a pair, Enter adds it, Delete takes it off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input, Label, Static

from podtui.domain.staging import StagePair, parse_stage_in, parse_stage_out
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui.widgets.keyed_table import ColumnSpec, KeyedTable

_COLUMNS = {
    "stage-in": (ColumnSpec("Here", 12, 200), ColumnSpec("There", 12, 200)),
    "stage-out": (ColumnSpec("There", 12, 200), ColumnSpec("Here", 12, 200)),
}


class PairList(Vertical):
    """Pairs of one direction, `stage-in` or `stage-out`; the kind is the widget's id too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "delete",
            "remove",
            "Take off",
            id="pairs.remove",
            tooltip="Take the marked pair off the list",
        ),
    ]

    class Changed(Message):
        """A pair came or went."""

    def __init__(self, kind: str, explained: str) -> None:
        super().__init__(id=kind)
        self._kind = kind
        self._explained = explained
        self._pairs: dict[int, StagePair] = {}
        self._next = 0

    def compose(self) -> ComposeResult:
        """A field, a button, the pairs so far."""
        with Horizontal(classes="field"):
            yield Label(self._kind.capitalize())
            yield Input(placeholder=self._explained, id=f"{self._kind}-field", compact=True)
            yield Button("Add", id=f"{self._kind}-add", compact=True)
        yield Static(classes="pair-problem", markup=False)
        yield KeyedTable[int](_COLUMNS[self._kind], id=f"{self._kind}-pairs")

    @property
    def field(self) -> Input:
        """Where a pair is typed."""
        return self.query_one(f"#{self._kind}-field", Input)

    @property
    def pairs(self) -> tuple[StagePair, ...]:
        """The pairs, in the order in which they were added."""
        return tuple(self._pairs.values())

    def take_typed(self) -> str:
        """Add what stands in the field, if anything does; why it cannot be added, else empty."""
        typed = self.field.value.strip()
        if not typed:
            return ""
        try:
            pair = parse_stage_in(typed) if self._kind == "stage-in" else parse_stage_out(typed)
        except PodError as error:
            return f"{visible(error.message, 200)} {error.hint}"
        self._pairs[self._next] = pair
        self._next += 1
        self.field.value = ""
        self._show()
        return ""

    def put(self, pairs: Iterable[StagePair]) -> None:
        """Add pairs that were chosen elsewhere."""
        before = self._next
        for pair in pairs:
            self._pairs[self._next] = pair
            self._next += 1
        if self._next > before:
            self._show()

    @on(Input.Submitted)
    @on(Button.Pressed)
    def add(self, event: Input.Submitted | Button.Pressed) -> None:
        """Add what was typed, or say why not."""
        event.stop()
        problem = self.take_typed()
        widget = self.query_one(".pair-problem", Static)
        widget.update(problem)
        widget.set_class(bool(problem), "told")
        self.field.focus()

    def action_remove(self) -> None:
        """Take the marked pair off."""
        key = self._table.cursor_key
        if key is not None:
            del self._pairs[key]
            self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the field, Delete deletes a letter."""
        if action == "remove":
            return self.screen.focused is self._table and bool(self._pairs)
        return super().check_action(action, parameters)

    @property
    def _table(self) -> KeyedTable[int]:
        return self.query_one(KeyedTable)

    def _show(self) -> None:
        if self._kind == "stage-in":
            rows = [(key, (pair.local, pair.remote)) for key, pair in self._pairs.items()]
        else:
            rows = [(key, (pair.remote, pair.local)) for key, pair in self._pairs.items()]
        self._table.show(rows)
        self._table.set_class(bool(rows), "told")
        self.post_message(self.Changed())
        if not rows:
            self.field.focus()
