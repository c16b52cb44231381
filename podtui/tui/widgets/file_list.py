"""One folder, near or far: its path, its entries with marks, its free space."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import humanize
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content

from podtui.domain.entry import Entry, EntryKind
from podtui.domain.text import visible
from podtui.tui.folder import Folder
from podtui.tui.widgets.line_list import LineList

PARENT = ".."
_ROOMY = 50  # cells from which on the time of day is shown too
_SIZE_CELLS = 8


class FileList(LineList[Entry]):
    """The entries of one folder; Space marks, and marks go when the folder is left."""

    DEFAULT_CSS = """
    FileList {
        border: round $foreground 30%;
        border-title-color: $foreground;
        border-subtitle-color: $text-muted;
        &:focus { border: round $accent; border-title-style: bold; }
        & > .file-list--folder { text-style: bold; }
        & > .file-list--marked { color: $text-warning; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"file-list--folder", "file-list--marked"}
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
            tooltip="Mark what is unmarked, and the other way round",
        ),
    ]

    def __init__(self, label: str, *, id: str) -> None:
        super().__init__(id=id)
        self.label = label
        self.folder = Folder()
        self.marked: frozenset[str] = frozenset()
        self._now: datetime | None = None

    def key_of(self, line: Entry) -> str:
        """An entry's name."""
        return line.name

    def show_folder(self, folder: Folder, now: datetime) -> None:
        """Show `folder`; `now` decides how times are written."""
        moved = folder.path != self.folder.path
        lines = folder.entries
        if folder.path not in ("", "/") and not folder.problem:
            lines = (Entry(PARENT, EntryKind.FOLDER), *lines)
        names = {entry.name for entry in folder.entries}
        self.marked = frozenset() if moved else self.marked & names
        self.folder, self._now = folder, now
        if moved:
            self.cursor = 0
        nothing = visible_lines(folder.problem) or ("Reading…" if folder.wanted else "Empty.")
        self.show(lines, nothing=nothing, cursor=folder.cursor)
        self._entitle()

    def chosen_names(self) -> tuple[str, ...]:
        """The marked entries in their order, else the one under the cursor."""
        if self.marked:
            return tuple(e.name for e in self.folder.entries if e.name in self.marked)
        entry = self.current
        return (entry.name,) if entry is not None and entry.name != PARENT else ()

    def unmark(self) -> None:
        """Forget the marks."""
        self.marked = frozenset()
        self._entitle()
        self.refresh()

    def action_mark(self) -> None:
        """Mark or unmark the current entry and go on to the next."""
        entry = self.current
        if entry is not None and entry.name != PARENT:
            self.marked ^= {entry.name}
            self._entitle()
        self.cursor += 1
        self.refresh()

    def action_mark_all(self) -> None:
        """Turn all marks round."""
        self.marked ^= {entry.name for entry in self.folder.entries}
        self._entitle()
        self.refresh()

    def draw(self, line: Entry, width: int) -> Text:
        """Mark, name, size, time; the name takes the room that is left."""
        marked = line.name in self.marked
        when = "" if line.modified is None else self._when(line.modified, width)
        size = "" if line.is_folder else short_size(line.size)
        tail = f" {size:>{_SIZE_CELLS}} {when:>{12 if width >= _ROOMY else 6}} "
        room = max(width - len(tail) - 2, 4)
        name = Text(visible(line.name, 300) + _suffix(line))
        name.truncate(room, overflow="ellipsis", pad=True)
        if marked:
            name.stylize(self.get_component_rich_style("file-list--marked", partial=True))
        elif line.is_folder:
            name.stylize(self.get_component_rich_style("file-list--folder", partial=True))
        return Text.assemble("✓ " if marked else "  ", name, tail)

    def _when(self, then: datetime, width: int) -> str:
        """As `ls -l` does it: the day, and with room the time or, far away, the year."""
        local = then.astimezone()
        far = self._now is not None and abs((self._now - then).days) > 182
        if width < _ROOMY:
            return local.strftime("%b %y" if far else "%d %b")
        return local.strftime("%d %b  %Y" if far else "%d %b %H:%M")

    def _entitle(self) -> None:
        folder = self.folder
        room = max(self.size.width - len(self.label) - 8, 12)
        path = visible(folder.title_path)
        path = path if len(path) <= room else "…" + path[-room + 1 :]
        self.border_title = Content(f"{self.label} {path}".rstrip())
        parts = ["reading…"] if folder.wanted and folder.path else []
        if self.marked:
            marked = [entry for entry in folder.entries if entry.name in self.marked]
            told = f"{len(marked)} marked"
            if not any(entry.is_folder for entry in marked):
                told += f", {short_size(sum(entry.size for entry in marked))}"
            parts.append(told)
        if folder.space is not None:
            parts.append(f"{short_size(folder.space.free)} free")
        self.border_subtitle = Content(" · ".join(parts))

    def on_resize(self) -> None:
        """The title fits the width."""
        self._entitle()


def short_size(count: int) -> str:
    """Bytes for a person, at most seven cells wide: `12.5M`."""
    return humanize.naturalsize(count, gnu=True)


def visible_lines(text: str) -> str:
    """`text` made harmless, its line ends kept."""
    return "\n".join(visible(line) for line in text.splitlines())


def _suffix(entry: Entry) -> str:
    if entry.kind is EntryKind.LINK:
        return "/@" if entry.is_folder else "@"
    return "/" if entry.is_folder else ""
