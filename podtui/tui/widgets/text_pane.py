"""A text to read, with a field to find words in it; what stands around them stays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from podtui.tui.requests import CopyRequested
from podtui.tui.widgets.line_view import LineView, word_cuts


class TextLines(LineView):
    """Lines that are all there."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[Text] = []

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    def line_text(self, line: int) -> Text:
        """How a line looks."""
        return self._lines[line]

    def row_starts(self, plain: str, width: int) -> list[int]:
        """Between words."""
        return word_cuts(plain, width)

    def show(self, text: Text) -> None:
        """Become `text`; what is seen stays where it is."""
        lines = text.split("\n", allow_blank=True)
        if list(lines) != self._lines or any(
            new.spans != old.spans for new, old in zip(lines, self._lines, strict=True)
        ):
            self._lines = list(lines)
            self.lay_out()


def words_pattern(words: str) -> re.Pattern[str] | None:
    """What is shown where `words` stand; capitals matter only when there are some."""
    if not words:
        return None
    return re.compile(re.escape(words), 0 if words != words.lower() else re.IGNORECASE)


class FindField(Input):
    """What to find. Its Enter stands among the keys told: whoever clicks there needs none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Look", id="read.look", tooltip="Look for these words"),
    ]


class ReadingPane(Vertical):
    """Lines, a field for what to find, and a word on how that went. A subclass gives the lines."""

    DEFAULT_CSS = """
    ReadingPane {
        height: 1fr;
        & > .reading-head { height: auto; color: $secondary; display: none; }
        & > .reading-note { height: 1; color: $warning; display: none; }
        & > Input { display: none; background: $surface; }
        & > .told { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash", "find", "Find", id="read.find", key_display="/", tooltip="Find words in it"
        ),
        Binding("n", "again(False)", "Next", False, id="read.next", tooltip="The next find"),
        Binding(
            "N", "again(True)", "Find before", False, id="read.before", tooltip="The one above"
        ),
        Binding(
            "w", "wrap", "Wrap", False, id="read.wrap", tooltip="Break long lines, or do not (< >)"
        ),
        Binding("y", "copy", "Copy", False, id="read.copy", tooltip="Copy the lines that are seen"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words = ""

    def new_lines(self) -> LineView:
        """The widget with the lines."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """What this is, the lines, the field and the word."""
        yield Static(classes="reading-head", markup=False)
        yield self.new_lines()
        yield Static(classes="reading-note", markup=False)
        yield FindField(placeholder="words to find; Enter looks, Esc goes back", compact=True)

    @property
    def lines(self) -> LineView:
        """The lines."""
        return self.query_one(LineView)

    def take_focus(self) -> None:
        """Scroll here."""
        self.lines.focus()

    def say(self, note: str = "") -> None:
        """How a search went; the words must be harmless."""
        widget = self.query_one(".reading-note", Static)
        widget.update(note)
        widget.set_class(bool(note), "told")

    # Finding

    def action_find(self) -> None:
        """Type what to find."""
        field = self.query_one(Input)
        field.add_class("told")
        field.focus()

    @on(Input.Submitted)
    def find_typed(self, event: Input.Submitted) -> None:
        """Go to the first find from here on."""
        event.stop()
        self._close_field()
        self.words = event.value
        self.lines.pattern = words_pattern(event.value)
        if event.value:
            self.seek(back=False)
        else:
            self.say()

    def action_again(self, back: bool) -> None:
        """The next find, or the one before."""
        if self.words:
            self.seek(back=back)
        else:
            self.action_find()

    def seek(self, *, back: bool) -> None:
        """Go to a line that has the words; from the last line on, to the first."""
        lines, pattern = self.lines, self.lines.pattern
        if pattern is None:
            return
        count = lines.line_count
        at = lines.marked if lines.marked is not None else lines.top[0] - (0 if back else 1)
        for step in range(1, count + 1):
            line = (at + (-step if back else step)) % count
            if pattern.search(lines.line_text(line).plain):
                lines.reveal(line)
                self.say()
                return
        lines.marked = None
        self.say("That is nowhere in it.")

    def let_go(self) -> bool:
        """Esc: close the field, forget what was found; False when there is nothing to let go of."""
        if self.query_one(Input).has_focus:
            self._close_field()
        elif self.words or self.lines.marked is not None:
            self.words = ""
            self.lines.pattern = self.lines.marked = None
            self.say()
        else:
            return False
        return True

    def _close_field(self) -> None:
        self.query_one(Input).remove_class("told")
        self.lines.focus()

    # The rest

    def action_wrap(self) -> None:
        """Break long lines, or do not."""
        self.lines.wrap = not self.lines.wrap
        told = "Long lines are broken." if self.lines.wrap else "Long lines go on beyond the edge."
        self.notify(told, markup=False)

    def action_copy(self) -> None:
        """Copy what is seen."""
        self.post_message(CopyRequested(self.lines.visible_text(), "The lines that are seen"))


class TextPane(ReadingPane):
    """A text that is all there."""

    def new_lines(self) -> LineView:
        """Its lines."""
        return TextLines()

    def show(self, text: Text) -> None:
        """Become `text`."""
        self.query_one(TextLines).show(text)

    def show_lines(self, lines: Sequence[Text]) -> None:
        """Become these lines."""
        self.show(Text("\n").join(lines))
