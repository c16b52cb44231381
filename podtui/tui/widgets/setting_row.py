"""One setting in a line: its name, the widget to change it with, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Select, Static

from podtui.config.drafting import Changes
from podtui.config.edit import to_toml
from podtui.config.keys import KeyType
from podtui.config.survey import SettingLine
from podtui.domain.text import visible
from podtui.errors import ConfigError
from podtui.tui.widgets.tick_box import TickBox

_ABOVE = {"environment": "variable", "option": "option"}
_ORIGINS = {"default": "default", "file": "file", "keyring": "keyring"}


class ChoiceField(Select[str], inherit_bindings=False):
    """A Select that leaves the arrows to the rows: Enter or Space opens it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "show_overlay", "Choose", show=False),
    ]


class SettingRow(Horizontal):
    """Its field holds what the file says, or nothing; `typed` is what it shall say.

    A secret is never in it: its field is empty, and what is typed there takes its place.
    """

    DEFAULT_CSS = """
    SettingRow {
        height: 1;
        & > Label { width: 19; color: $text-muted; }
        & > Input, & > Select, & > TickBox { width: 1fr; }
        & > Input > .input--placeholder { color: $text-muted; }
        & SelectCurrent Static#label { color: $text-muted; }
        & SelectCurrent.-has-value Static#label { color: $foreground; }
        & > .setting-mark { width: 11; padding-left: 1; color: $text-muted; }
        &.-changed > .setting-mark { color: $text-warning; }
        &.-wrong > .setting-mark { color: $text-error; }
        &:focus-within > Label { color: $foreground; text-style: bold; }
    }
    """

    class Changed(Message):
        """Something else shall be set, or nothing any more."""

        def __init__(self, row: SettingRow) -> None:
            super().__init__()
            self.row = row

    def __init__(
        self, line: SettingLine, file: Path, draft: Changes, choices: tuple[str, ...]
    ) -> None:
        super().__init__()
        self.line = line
        self._file = file
        self._choices = choices or line.key.choices
        if line.key.type is KeyType.FLAG and line.without not in ("true", "false"):
            self._choices = ("true", "false")
        self.typed = draft.get(line.dotted, None if self.hidden else line.here)
        self._dropped = self.hidden and draft.get(line.dotted, "") is None

    @property
    def hidden(self) -> bool:
        """Whether what is set is never shown."""
        return self.line.key.secret

    @property
    def changed(self) -> bool:
        """Whether the file shall say something else than it does."""
        if self.hidden:
            return self._dropped or self.typed is not None
        return self.typed != self.line.here

    @property
    def problem(self) -> str:
        """Why what was typed cannot be, by the code that reads the file; empty when it can."""
        if self.typed is None:
            return ""
        if self.hidden and self.line.above and self.line.above not in _ABOVE:
            return f"{self.line.dotted} is told by {self.line.above}: take that out first."
        try:
            to_toml(self.line.key, self.line.dotted, self.typed, self._file)
        except ConfigError as error:
            return error.message.removeprefix(f"{self._file}: ")
        return ""

    def compose(self) -> ComposeResult:
        """Name, field, mark."""
        yield Label(self.line.name, markup=False)
        yield self._field()
        yield Static("", classes="setting-mark", markup=False)

    def _field(self) -> Input | ChoiceField | TickBox:
        line, typed = self.line, self.typed
        if line.key.type is KeyType.FLAG and not self._choices:
            yes = (typed or line.without) == "true"
            return TickBox(_word(yes), yes, id="field")
        if self._choices:
            names = dict.fromkeys([*self._choices, *([typed] if typed else [])])
            options = [(Content(visible(name, 60)), name) for name in names]
            prompt = f"{line.without or 'not set'} (default)"
            value = typed if typed in names else Select.NULL
            return ChoiceField(options, value=value, prompt=prompt, compact=True, id="field")
        hint = line.without or f"not set ({line.key.type.value})"
        if self.hidden:
            hint = "set: type another in its place" if line.effect == "set" else "not set"
        return Input(
            typed or "",
            placeholder=hint,
            password=self.hidden,
            select_on_focus=False,
            compact=True,
            id="field",
        )

    def on_mount(self) -> None:
        """Say where it stands."""
        self._tell()

    def focus_field(self) -> None:
        """Go to the field."""
        for field in self.query("#field"):
            field.focus()

    def on_click(self, event: events.Click) -> None:
        """A click on the name goes to the field."""
        if isinstance(event.widget, Label | Static):
            self.focus_field()

    def reset(self) -> None:
        """Take the change back; where nothing is changed, let the file say nothing of it."""
        if self.changed:
            self.typed, self._dropped = None if self.hidden else self.line.here, False
        else:
            self.typed = None
            self._dropped = self.hidden and self.line.effect == "set" and not self.line.above
        self._fill()
        self._told()

    def _fill(self) -> None:
        """Show in the field what shall be set."""
        field = self.query_one("#field")
        with self.prevent(Input.Changed, Select.Changed, TickBox.Changed):
            if isinstance(field, Input):
                field.value = self.typed or ""
            elif isinstance(field, ChoiceField):
                field.value = self.typed or Select.NULL
            elif isinstance(field, TickBox):
                field.value = (self.typed or self.line.without) == "true"
                field.label = _word(field.value)

    @on(Input.Changed)
    def take_text(self, event: Input.Changed) -> None:
        """An empty field sets nothing."""
        event.stop()
        self._take(event.value.strip() or None)

    @on(Select.Changed)
    def take_choice(self, event: Select.Changed) -> None:
        """A word, or none."""
        event.stop()
        self._take(event.value if isinstance(event.value, str) else None)

    @on(TickBox.Changed)
    def take_tick(self, event: TickBox.Changed) -> None:
        """Yes or no."""
        event.stop()
        event.checkbox.label = _word(event.value)
        self._take(str(event.value).lower())

    def _take(self, typed: str | None) -> None:
        """Note another value; a field that was only filled brings none."""
        if typed != self.typed:
            self.typed, self._dropped = typed, False
            self._told()

    def _told(self) -> None:
        self._tell()
        self.post_message(self.Changed(self))

    def _tell(self) -> None:
        wrong = bool(self.problem)
        self.set_class(wrong, "-wrong")
        self.set_class(self.changed, "-changed")
        if wrong:
            text = "✗ wrong"
        elif self.changed:
            text = "● reset" if self.typed is None else "● changed"
        else:
            text = where(self.line, self._file)
        self.query_one(".setting-mark", Static).update(Text(text))


class SettingPage(Vertical):
    """The rows of one group below a note."""

    DEFAULT_CSS = "SettingPage { height: auto; }"

    def __init__(self, note: str, rows: Sequence[SettingRow]) -> None:
        super().__init__(Static(note, classes="group-note", markup=False), *rows)
        self.rows = list(rows)


def where(line: SettingLine, file: Path) -> str:
    """Where what holds now stands, in a word; `!` marks what wins over the file."""
    if line.above:
        return f"! {_ABOVE.get(line.above, 'elsewhere')}"
    if line.origin.endswith("[defaults]"):
        return "for all"
    if line.origin == str(file):
        return "file"
    return _ORIGINS.get(line.origin, "own file" if line.key.secret else "other file")


def _word(value: bool) -> str:
    return "yes" if value else "no"
