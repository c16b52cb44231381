"""The line one types a job filter into: recalls what was typed before, says what is wrong."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from podtui.domain.job_query import Query, complete, parse_query
from podtui.errors import InputError
from podtui.tui.errors import in_a_line

_EXAMPLE = "words, state:running, user:me, name~^relax, age>2h; Enter keeps it, Esc shows all"


class JobFilter(Vertical):
    """A field, and under it what is wrong with what stands in it. Not there until it is opened."""

    DEFAULT_CSS = """
    JobFilter {
        height: auto;
        display: none;
        &.told { display: block; }
        & > Input { background: $surface; }
        & > Static { height: auto; max-height: 2; padding: 0 1; color: $error; display: none; }
        & > Static.told { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(1)", "Earlier filter", show=False),
        Binding("down", "recall(-1)", "Later filter", show=False),
    ]

    class Changed(Message):
        """Something else is looked for."""

        def __init__(self, query: Query, text: str) -> None:
            super().__init__()
            self.query = query
            self.text = text

    class Kept(Message):
        """Enter: the filter stays, and is worth remembering."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.recent: tuple[str, ...] = ()
        self.clusters: tuple[str, ...] = ()
        self._back = -1
        self._begun = ""

    def compose(self) -> ComposeResult:
        """Field and complaint."""
        yield Input(placeholder=_EXAMPLE, id="job-filter", compact=True, suggester=_Words(self))
        yield Static(markup=False)

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self._field.value

    @property
    def _field(self) -> Input:
        return self.query_one(Input)

    def open(self) -> None:
        """Be there, with the focus."""
        self.add_class("told")
        self._back = -1
        self._field.focus()

    def put(self, text: str) -> None:
        """Have a text, without being asked by key; an empty one closes the line."""
        self._field.value = text
        self.set_class(bool(text), "told")

    @on(Input.Changed)
    def read(self, event: Input.Changed) -> None:
        """Read what was typed; while it cannot be read, what was looked for stays."""
        event.stop()
        problem = ""
        try:
            self.post_message(self.Changed(parse_query(event.value), event.value))
        except InputError as error:
            problem = f"✗ {in_a_line(error)}"
        self.query_one(Static).update(problem)
        self.query_one(Static).set_class(bool(problem), "told")

    @on(Input.Submitted)
    def keep(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.set_class(bool(event.value), "told")
        self.post_message(self.Kept())

    def action_recall(self, by: int) -> None:
        """One filter back among those typed lately, or forward to what was begun."""
        if self._back < 0:
            self._begun = self.text
        self._back = max(-1, min(self._back + by, len(self.recent) - 1))
        self._field.value = self.recent[self._back] if self._back >= 0 else self._begun
        self._field.cursor_position = len(self._field.value)


class _Words(Suggester):
    """Completes fields, states and clusters; the right arrow takes what is offered."""

    def __init__(self, owner: JobFilter) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._owner = owner

    async def get_suggestion(self, value: str) -> str | None:
        """The completed text."""
        return complete(value, self._owner.clusters) or None
