"""One folder, at any end: its path, its entries with marks, its free space."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import humanize
from rich.segment import Segment
from rich.text import Text
from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.strip import Strip

from podtui.domain.entry import Entry, EntryKind
from podtui.domain.file_look import FILE_FIELD, FileLook, arranged, kind, rights
from podtui.domain.text import visible, visible_lines
from podtui.tui.folder import Folder, Side
from podtui.tui.widgets.column_widths import GAP, Cell, ColumnSpec
from podtui.tui.widgets.line_table import LineTable
from podtui.tui.widgets.scrolled import RIGHT

PARENT = ".."
_ROOMY = 50  # cells from which on the time of day is shown too
_FIXED = {"size": 8, "mode": 10, "kind": 6}  # cells
_LEAST_NAME = 12
_SHORT = {"modified": "Date"}


class FileList(LineTable[Entry, str]):
    """The entries of one folder; Space marks, and marks go when the folder is left."""

    DEFAULT_CSS = """
    FileList {
        border: round $foreground 30%;
        border-title-color: $foreground;
        border-subtitle-color: $text-muted;
        background: $surface;
        overflow-x: hidden;
        &:focus { border: round $accent; border-title-style: bold; }
        & > .line-table--marked { color: $text-warning; text-style: bold; background: $surface; }
        & > .file-list--muted { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"file-list--muted"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space,insert",
            "mark",
            "Mark",
            id="files.mark",
            tooltip="Mark or unmark the entry for the next copy or removal",
        ),
        Binding(
            "asterisk",
            "mark_all",
            "Mark all",
            show=False,
            id="files.mark_all",
            tooltip="Mark what is unmarked of what is shown, and the other way round",
        ),
    ]

    class EndWanted(Message):
        """The title was clicked, which names the end."""

        def __init__(self, files: FileList) -> None:
            super().__init__()
            self.files = files

    def __init__(self, side: Side) -> None:
        super().__init__(id=side.value)
        self.side = side
        self.folder = Folder()
        self.look = FileLook()
        self.words = ""
        self.in_step = False
        self.marked: frozenset[str] = frozenset()
        self._now: datetime | None = None

    # What is shown

    def show_folder(self, folder: Folder, look: FileLook, words: str, now: datetime) -> None:
        """Show what `look` and the filter `words` leave; `now` decides how times are written."""
        moved = (folder.end, folder.path) != (self.folder.end, self.folder.path)
        filtered = bool(words) and words != self.words
        lines = arranged(folder.entries, look, words)
        if folder.path not in ("", "/") and not folder.problem:
            lines = (Entry(PARENT, EntryKind.FOLDER), *lines)
        names = {entry.name for entry in folder.entries}
        self.marked = frozenset() if moved else self.marked & names
        self.folder, self.look, self.words, self._now = folder, look, words, now
        self._have_columns()
        self.show(lines)
        wanted = folder.cursor or (lines[0].name if moved and lines else "")
        if wanted:
            self.stand_on(wanted)
        elif filtered:
            self._stand_on_found()
        self.entitle()

    def _stand_on_found(self) -> None:
        """Go from `..` to the first entry: whoever filters means what was found."""
        if self.current is not None and self.current.name == PARENT and len(self.lines) > 1:
            self.stand_on(self.lines[1].name)

    def key_of(self, line: Entry) -> str:
        """An entry's name."""
        return line.name

    def cells_of(self, line: Entry) -> list[Cell]:
        """A cell for each column."""
        return [self._cell(name, line) for name in self.look.columns]

    def is_marked(self, line: Entry) -> bool:
        """Whether Space has marked it."""
        return line.name in self.marked

    def chosen_names(self) -> tuple[str, ...]:
        """The marked entries that are shown, else the one under the cursor."""
        marked = tuple(e.name for e in self.lines if e.name in self.marked and not e.unsafe)
        if marked:
            return marked
        entry = self.current
        return (entry.name,) if entry is not None and _is_own(entry) else ()

    def _cell(self, field: str, line: Entry) -> Cell:
        if field == "name":
            mark = "✓" if self.is_marked(line) else " "
            name = visible(line.name, 300) + _suffix(line)
            return Cell(f"{mark} {name}", "bold" if line.is_folder else "")
        if line.name == PARENT:
            return Cell("")
        if field == "size":
            return Cell("" if line.is_folder else short_size(line.size))
        if field == "modified":
            return Cell("" if line.modified is None else self._when(line.modified))
        return Cell(rights(line) if field == "mode" else visible(kind(line), 20))

    def _when(self, then: datetime) -> str:
        """As `ls -l` does it: the day, and with room the time or, far away, the year."""
        local = then.astimezone()
        far = self._now is not None and abs((self._now - then).days) > 182
        if self._room < _ROOMY:
            return local.strftime("%b %y" if far else "%d %b")
        return local.strftime("%d %b  %Y" if far else "%d %b %H:%M")

    # Columns

    @property
    def _room(self) -> int:
        return self.scrollable_content_region.width

    def _have_columns(self) -> None:
        """The name takes the room the others leave."""
        fixed = {**_FIXED, "modified": 12 if self._room >= _ROOMY else 6}
        others = [name for name in self.look.columns if name != "name"]
        while others and self._room - sum(fixed[n] + GAP for n in others) < _LEAST_NAME + GAP:
            others.pop()
        left = self._room - sum(fixed[name] + GAP for name in others) - GAP
        specs = []
        for name in self.look.columns:
            label, width = FILE_FIELD[name].label, fixed.get(name, 0)
            label = label if len(label) < width or not width else _SHORT.get(name, label)
            if name == "name":
                label = f" {label}" if self.look.sort == "name" else f"  {label}"
                specs.append(ColumnSpec(label, max(left, _LEAST_NAME), 400))
            else:
                right = name == "size"
                specs.append(ColumnSpec(label, width, width, right, optional=True))
        at = (
            self.look.columns.index(self.look.sort) if self.look.sort in self.look.columns else None
        )
        self.show_columns(specs, at, descending=self.look.descending)

    def on_resize(self) -> None:
        """Title and columns fit the width."""
        self._have_columns()
        self.entitle()

    # Marks

    def unmark(self) -> bool:
        """Forget the marks; False where there were none."""
        before, self.marked = self.marked, frozenset()
        self.entitle()
        self.refresh()
        return bool(before)

    def action_mark(self) -> None:
        """Mark or unmark the current entry and go on to the next."""
        entry = self.current
        if entry is not None and _is_own(entry):
            self._mark(self.marked ^ {entry.name})
        self.action_move(1)

    def action_mark_all(self) -> None:
        """Turn the marks of all that is shown round."""
        self._mark(self.marked ^ {entry.name for entry in self.lines if _is_own(entry)})

    @on(LineTable.SpanChosen)
    def mark_span(self, event: LineTable.SpanChosen) -> None:
        """Shift marks a span; a click with Ctrl turns one."""
        event.stop()
        names = {e.name for e in self.lines[event.first : event.last + 1] if _is_own(e)}
        self._mark(self.marked ^ names if event.turn else self.marked | names)

    def _mark(self, marked: frozenset[str]) -> None:
        self.marked = marked
        self.entitle()
        self.refresh()

    # Title and notes

    def on_click(self, event: events.Click) -> None:
        """A click on the title is for choosing the end; the right button asks what can be done."""
        at_title = event.y == 0 and event.get_content_offset(self) is None
        if at_title and event.button != RIGHT:
            self.post_message(self.EndWanted(self))

    def entitle(self) -> None:
        """Say where this is, what is marked, what is left out, and how much is free."""
        folder = self.folder
        label = visible(folder.end, 24) if folder.end else "Here"
        room = max(self.size.width - len(label) - 8, 8)
        path = visible(folder.title_path)
        path = path if len(path) <= room else "…" + path[-room + 1 :]
        self.border_title = Content(f"▾ {label}: {path}".rstrip())
        parts = ["reading…"] if folder.wanted and folder.path else []
        parts += [folder.stale] if folder.stale else []
        if self.in_step:
            parts.append("in step")
        parts += self._marks_told()
        hidden = sum(entry.name.startswith(".") for entry in folder.entries)
        if hidden and not self.look.hidden:
            parts.append(f"{hidden} hidden")
        if folder.space is not None:
            parts.append(f"{short_size(folder.space.free)} free")
        self.border_subtitle = Content(" · ".join(parts))

    def _marks_told(self) -> list[str]:
        if not self.marked:
            return []
        marked = [entry for entry in self.lines if entry.name in self.marked]
        told = f"{len(marked)} marked"
        if not any(entry.is_folder for entry in marked):
            told += f", {short_size(sum(entry.size for entry in marked))}"
        unseen = len(self.marked) - len(marked)
        return [f"{told} (+{unseen} not shown)" if unseen else told]

    @property
    def _note(self) -> str:
        """What stands in the place of a list."""
        if self.folder.problem:
            return visible_lines(self.folder.problem)
        if self.folder.wanted:
            return "Reading…"
        if self.words:
            return f"Nothing here is called {visible(self.words, 40)}."
        return "Empty."

    def render_line(self, y: int) -> Strip:
        """A row of the list; below a short one, why there is nothing."""
        row = y - 1 - len(self.lines)
        if y == 0 or row < 0 or any(entry.name != PARENT for entry in self.lines):
            return super().render_line(y)
        rows = list(Text(self._note).wrap(self.app.console, max(self._room - 2, 1)))
        if not 0 < row <= len(rows):
            return Strip.blank(self._room, self.rich_style)
        style = self.rich_style + self.get_component_rich_style("file-list--muted", partial=True)
        return Strip([Segment(f" {rows[row - 1].plain}", style)]).adjust_cell_length(
            self._room, self.rich_style
        )


def short_size(count: int) -> str:
    """Bytes for a person, at most seven cells wide: `12.5M`."""
    return humanize.naturalsize(count, gnu=True)


def whole_size(count: int) -> str:
    """Bytes to the last one, and for a person where those are many: `7 bytes`."""
    short = f" ({short_size(count)})" if count >= 1024 else ""
    return f"{count:,} {'byte' if count == 1 else 'bytes'}{short}"


def _is_own(entry: Entry) -> bool:
    """Whether something can be done with it: it is in this folder, and its name leads nowhere."""
    return entry.name != PARENT and not entry.unsafe


def _suffix(entry: Entry) -> str:
    if entry.kind is EntryKind.LINK:
        return "/@" if entry.is_folder else "@"
    return "/" if entry.is_folder else ""
