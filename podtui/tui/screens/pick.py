"""Choose a file of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Label, Static

from podtui.domain.entry import Entry
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui.messages import LocalFolderRequested
from podtui.tui.screens.modal import Modal, pressable
from podtui.tui.standing import stands
from podtui.tui.widgets.keyed_table import ColumnSpec, KeyedTable

_COLUMNS = (ColumnSpec("Name", 20, 200), ColumnSpec("Size", 6, 16, right=True))
_UP = ".."


class PickFile(Modal[Path | None]):
    """Enter opens a folder or takes a file; with `folders`, Space takes a whole folder."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Open or take", id="pick.choose", tooltip="Open or take"),
        Binding("space", "take", "Take", id="pick.take", tooltip="Take the folder as a whole"),
        Binding("backspace", "up", "Up", id="pick.up", tooltip="To the folder above"),
        Binding("escape", "close", "Never mind", id="pick.close", tooltip="Choose nothing"),
    ]
    AUTO_FOCUS = "KeyedTable"

    def __init__(self, start: Path, *, folders: bool) -> None:
        super().__init__(classes="dialog")
        self._start = start
        self._folders = folders
        self._here = start
        self._entries: dict[str, Entry] = {}

    def compose(self) -> ComposeResult:
        """The folder's path, its entries, what the keys do."""
        with Vertical(classes="dialog-box wide tall") as box:
            take = " · Space takes a folder" if self._folders else ""
            box.border_subtitle = pressable(f"Enter opens or takes{take} · ⌫ up · Esc closes")
            yield Label("", markup=False, classes="dialog-title", id="pick-path")
            yield Static("", markup=False, classes="dialog-problem", id="pick-problem")
            yield KeyedTable[str](_COLUMNS, id="pick-table")

    def on_mount(self) -> None:
        """Begin in the folder of what was typed."""
        self._go(self._start.absolute() if self._start.is_dir() else self._start.absolute().parent)

    def _go(self, folder: Path, stand_on: str = "") -> None:
        answer = LocalFolderRequested(folder, lambda got: self._took(folder, stand_on, got))
        self.post_message(answer)

    def _took(self, folder: Path, stand_on: str, got: tuple[Entry, ...] | PodError) -> None:
        if not stands(self):
            return
        self._complain(got.message if isinstance(got, PodError) else "")
        if isinstance(got, PodError):
            return
        self._here = folder
        self._entries = {entry.name: entry for entry in got}
        self.query_one("#pick-path", Label).update(visible(str(folder), 100))
        rows: list[tuple[str, tuple[str, str]]] = [(_UP, ("../", ""))]
        for entry in got:
            size = "" if entry.is_folder else f"{entry.size:,}"
            rows.append((entry.name, (f"{entry.name}/" if entry.is_folder else entry.name, size)))
        table = self.query_one(KeyedTable)
        table.show(rows)
        table.stand_on(stand_on or _UP)

    def _complain(self, problem: str) -> None:
        self.query_one("#pick-problem", Static).update(visible(problem, 200))

    @on(KeyedTable.Chosen)
    def action_choose(self) -> None:
        """Open the folder, or take the file."""
        name = self.query_one(KeyedTable).cursor_key
        entry = self._entries.get(name) if isinstance(name, str) else None
        if name == _UP:
            self.action_up()
        elif entry and entry.is_folder:
            self._go(self._here / entry.name)
        elif entry:
            self.dismiss(self._here / entry.name)

    def action_take(self) -> None:
        """Take the folder or file under the cursor."""
        name = self.query_one(KeyedTable).cursor_key
        entry = self._entries.get(name) if isinstance(name, str) else None
        if entry and (self._folders or not entry.is_folder):
            self.dismiss(self._here / entry.name)
        else:
            wanted = "A file or a folder of this list" if self._folders else "A file"
            self._complain(f"{wanted} can be taken. Enter opens a folder.")

    def action_up(self) -> None:
        """To the folder above, standing on the one we come from."""
        self._go(self._here.parent, self._here.name)

    def action_close(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
