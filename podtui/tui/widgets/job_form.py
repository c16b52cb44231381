"""The directives of a script as fields, two a line."""

from __future__ import annotations

from dataclasses import replace

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label, Static

from podtui.domain.script_fields import Field
from podtui.domain.script_form import Answer
from podtui.domain.text import visible


class JobForm(Vertical):
    """Tells what is typed as `Changed`; `show` fills it in from the script."""

    DEFAULT_CSS = """
    JobForm {
        height: auto;
        & > .field > Label.second { padding-left: 1; }
        & > .form-problem { display: none; margin-left: 11; color: $error; }
        & > .form-problem.told { display: block; }
    }
    """

    class Changed(Message):
        """A field was given another value."""

        def __init__(self, field: Field, value: str) -> None:
            super().__init__()
            self.field = field
            self.value = value

    def __init__(self) -> None:
        super().__init__(id="job-form")
        self._shown: dict[Field, Answer] = {}
        self._wrong: dict[Field, str] = {}

    def compose(self) -> ComposeResult:
        """The fields, and what is wrong with one."""
        fields = tuple(Field)
        for first in range(0, len(fields), 2):
            with Horizontal(classes="field"):
                for at, field in enumerate(fields[first : first + 2]):
                    yield Label(field.value, classes="second" if at else "")
                    yield Input(id=f"form-{field.name.lower()}", compact=True, disabled=True)
                if len(fields[first : first + 2]) == 1:
                    yield Label(classes="second")
                    yield Static(classes="filler")
        yield Static(classes="form-problem", markup=False)

    def show(self, answers: tuple[Answer, ...]) -> None:
        """What the script tells; a field with a value that is refused keeps what is typed."""
        for answer in answers:
            if self._shown.get(answer.field) == answer:
                continue
            self._shown[answer.field] = answer
            self._wrong.pop(answer.field, None)
            field = self._input(answer.field)
            field.disabled = bool(answer.reason)
            field.placeholder = visible(answer.reason or answer.unit, 60)
            value = visible(answer.value, 200)
            if field.value != value:
                with self.prevent(Input.Changed):
                    field.value = value
        self._tell()

    def close(self, reason: str) -> None:
        """Nothing can be filled in now, and why: told once, in the first field."""
        self._wrong.clear()
        first, *others = (Answer(field, reason="–") for field in Field)
        self.show((replace(first, reason=reason), *others))

    def refuse(self, field: Field, reason: str) -> None:
        """A value that cannot be: the script stays as it is, and why is told."""
        self._wrong[field] = reason
        self._tell()

    @property
    def problem(self) -> str:
        """Why what is typed is not in the script, empty when it is."""
        return next(iter(self._wrong.values()), "")

    @on(Input.Changed)
    def take(self, event: Input.Changed) -> None:
        """Tell each change."""
        event.stop()
        field = next(one for one in Field if event.input is self._input(one))
        self._wrong.pop(field, None)
        self._tell()
        self.post_message(self.Changed(field, event.value))

    def _tell(self) -> None:
        widget = self.query_one(".form-problem", Static)
        widget.update(Text(visible(self.problem, 200)))
        widget.set_class(bool(self._wrong), "told")

    def _input(self, field: Field) -> Input:
        return self.query_one(f"#form-{field.name.lower()}", Input)
