"""A look into a file: its text, its table, or its bytes, a bounded part at a time."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.widgets import Label, Static

from podtui.domain.preview import Preview, PreviewKind
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui.errors import in_a_line
from podtui.tui.file_requests import PreviewRequested
from podtui.tui.screens.modal import Modal, pressable
from podtui.tui.standing import stands
from podtui.tui.widgets.column_widths import Cell, ColumnSpec
from podtui.tui.widgets.file_list import whole_size
from podtui.tui.widgets.line_table import LineTable
from podtui.tui.widgets.picture_view import PictureView
from podtui.tui.widgets.text_pane import TextPane

_WIDEST = 40  # cells of a table's column
_BETTER = (PreviewKind.TABLE, PreviewKind.PICTURE)  # than their text or bytes


class RowTable(LineTable[tuple[int, tuple[str, ...]], int]):
    """The rows of a table that a file holds, by their numbers."""

    def key_of(self, line: tuple[int, tuple[str, ...]]) -> int:
        """The row's number."""
        return line[0]

    def cells_of(self, line: tuple[int, tuple[str, ...]]) -> list[Cell]:
        """Its number, and what stands in it."""
        return [Cell(str(line[0]), "dim"), *(Cell(text) for text in line[1])]

    def show_rows(self, rows: tuple[tuple[str, ...], ...]) -> None:
        """Show them; the first one is the head."""
        head, body = rows[0], rows[1:]
        specs = [ColumnSpec("", 1, 8, right=True)]
        for at, label in enumerate(head):
            numbers = all(_is_number(row[at]) for row in body[:100])
            specs.append(ColumnSpec(label, min(len(label), _WIDEST) or 1, _WIDEST, right=numbers))
        self.show_columns(specs, None, descending=False)
        self.show(tuple(enumerate(body, 1)))


class PreviewScreen(Modal[None]):
    """Reads nothing by itself: each part is asked for, and comes as an answer."""

    DEFAULT_CSS = """
    PreviewScreen {
        & > .preview-box {
            width: 98%; height: 96%; padding: 0 1;
            background: $surface; border: round $primary;
        }
        & .preview-title { text-style: bold; color: $primary; width: 100%; height: auto; }
        & #preview-facts { color: $secondary; height: auto; }
        & RowTable { display: none; background: $surface; }
        & TextPane, & PictureView { display: none; }
        & .shown { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "t", "turn", "Turn", id="preview.turn", tooltip="A table as text, a picture as bytes"
        ),
        Binding(
            "right_square_bracket",
            "part(1)",
            "Next part",
            id="preview.next",
            key_display="]",
            tooltip="Read on where this part ends",
        ),
        Binding(
            "left_square_bracket",
            "part(-1)",
            "Part before",
            id="preview.before",
            key_display="[",
            tooltip="The part before this one",
        ),
        Binding("escape,q", "back", "Close", id="preview.close", tooltip="Back to the list"),
    ]
    AUTO_FOCUS = ""

    def __init__(self, end: str, path: str) -> None:
        super().__init__(classes="dialog")
        self._end = end
        self._path = path
        self._starts = [0]
        self._preview: Preview | None = None
        self._plain = False  # as text or bytes, also what can be shown better
        self._asked_size = Size(0, 0)

    def compose(self) -> ComposeResult:
        """What it is, and one of two ways to show it."""
        with Vertical(classes="preview-box") as box:
            box.border_subtitle = pressable(
                "[ part before · ] next part · / finds · t as plain text · Esc closes"
            )
            yield Label(visible(self._path, 240), markup=False, classes="preview-title")
            yield Static("Reading…", id="preview-facts", markup=False)
            yield TextPane(id="preview-text")
            yield RowTable(id="preview-table")
            yield PictureView(id="preview-picture")

    def on_mount(self) -> None:
        """Ask for the first part."""
        self._ask()

    def _ask(self) -> None:
        self._asked_size = self.size
        room = Size(self.size.width - 6, self.size.height - 6)
        frame = self.query_one(PictureView).frame_in(room)
        request = PreviewRequested(self, self._end, self._path, self._starts[-1], self._took)
        request.frame = frame
        self.post_message(request)

    def on_resize(self) -> None:
        """A picture is drawn for the room there is; its bytes are here already."""
        drawn = self._preview is not None and self._preview.picture is not None
        if drawn and self.size != self._asked_size:
            self._ask()

    def _took(self, got: Preview | PodError) -> None:
        if not stands(self):
            return
        if isinstance(got, PodError):
            self._say(f"✗ {visible(got.title, 80)}: {in_a_line(got)}")
            return
        self._preview = got
        self._starts[-1] = got.start
        self._draw(got)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what there is: another part, another way to show it."""
        got = self._preview
        if action == "turn":
            return got is not None and got.kind in _BETTER
        if action == "part":
            more = got is not None and got.end < got.size
            return more if parameters == (1,) else len(self._starts) > 1
        return super().check_action(action, parameters)

    def _draw(self, got: Preview) -> None:
        self._say(facts(got))
        kind = PreviewKind.TEXT if self._plain else got.kind
        text, rows = self.query_one(TextPane), self.query_one(RowTable)
        picture = self.query_one(PictureView)
        rows.set_class(kind is PreviewKind.TABLE, "shown")
        picture.set_class(kind is PreviewKind.PICTURE, "shown")
        text.set_class(not (rows.has_class("shown") or picture.has_class("shown")), "shown")
        if kind is PreviewKind.TABLE:
            rows.show_rows(got.rows)
            rows.focus()
        elif kind is PreviewKind.PICTURE and got.picture is not None:
            picture.show(got.picture)
            picture.focus()
        else:
            text.show_lines([Text(line) for line in got.lines])
            text.take_focus()

    def _say(self, told: str) -> None:
        self.query_one("#preview-facts", Static).update(told)

    def action_turn(self) -> None:
        """Show a table as its text, a picture as its bytes, or what it is again."""
        if self._preview is not None:
            self._plain = not self._plain
            self._draw(self._preview)

    def action_part(self, by: int) -> None:
        """Read on, or go back to the part before."""
        if by < 0:
            self._starts.pop()
        elif self._preview is not None:
            self._starts.append(self._preview.end)
        self._ask()

    def action_back(self) -> None:
        """Leave the field for words, then what was found, then the screen."""
        if not self.query_one(TextPane).let_go():
            self.dismiss(None)


def facts(got: Preview) -> str:
    """The format, the size, and which part of it this is."""
    parts = [got.what or got.kind.value, whole_size(got.size)]
    if got.kind is PreviewKind.TABLE:
        parts.append(f"{len(got.rows) - 1:,} rows, {len(got.rows[0])} columns")
    elif not got.size:
        parts = ["empty"]
    if got.note:
        parts.append(f"▲ {got.note}")
    if not got.whole and got.size:
        parts.append(f"bytes {got.start:,} to {got.end:,}: {got.end / got.size:.0%}")
    return " · ".join(parts)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return not text
    return True
