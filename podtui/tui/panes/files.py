"""The Files pane: two folders at any ends side by side, what moves between them below."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

from podtui.domain.entry import Entry
from podtui.domain.text import visible
from podtui.domain.transfer import Transfer
from podtui.tui import file_requests as requests
from podtui.tui.acts.base import ActBase
from podtui.tui.folder import Folder, Side, Standing
from podtui.tui.panes import file_keys
from podtui.tui.panes.file_looks import FileLooks
from podtui.tui.panes.file_reasons import ON_FILES, why_not
from podtui.tui.panes.follow import follow_app
from podtui.tui.requests import CopyRequested
from podtui.tui.standing import stands
from podtui.tui.widgets.file_list import PARENT, FileList
from podtui.tui.widgets.line_table import LineTable
from podtui.tui.widgets.transfer_list import TransferList

_FILTER_HINT = "letters of a name, or *.log; Enter keeps it, Esc shows all"


class FilesPane(FileLooks):
    """The keys act on the side that has, or last had, the focus."""

    HELP = file_keys.HELP
    FOCUS = "#left"
    DEFAULT_CSS = """
    FilesPane {
        & > Horizontal { height: 1fr; }
        & FileList { width: 1fr; height: 1fr; }
        & > Input { display: none; background: $surface; }
        & > Input.told { display: block; }
        & TransferList { height: auto; max-height: 8; display: none; }
        & TransferList.-some { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*file_keys.BINDINGS]

    app = getters.app(ActBase)
    left: reactive[Folder] = reactive(Folder(), init=False)
    right: reactive[Folder] = reactive(Folder(), init=False)
    transfers: reactive[tuple[Transfer, ...]] = reactive((), init=False)

    def compose(self) -> ComposeResult:
        """Two lists side by side, the filter's field, the transfers below."""
        with Horizontal():
            yield FileList(Side.LEFT)
            yield FileList(Side.RIGHT)
        yield Input(placeholder=_FILTER_HINT, id="file-filter", compact=True)
        yield TransferList(id="transfers").data_bind(FilesPane.transfers)

    def on_mount(self) -> None:
        """The keys act on the left side first."""
        self._side = self._list(Side.LEFT)
        self._asked: dict[Side, Folder] = {}
        self._in_step = False
        follow_app(self, "left", "right", "file_views", "transfers")

    def take_focus(self) -> None:
        """Come to the list that had the focus, and read what has not been read."""
        focused = self.screen.focused
        if focused is None or self not in focused.ancestors:
            self._side.focus()
        for side in Side:
            folder = self._folder(side)
            if folder.path or folder.wanted or self._asked.get(side) is folder:
                continue
            self._asked[side] = folder  # the answer is on its way: ask once
            self._ask_folder(side, _first_path(folder))

    def on_descendant_focus(self) -> None:
        """Remember the side, and say in the footer what can be done there."""
        focused = self.screen.focused
        if isinstance(focused, FileList):
            self._side = focused
            self._put_filter(focused.words)
            self._meet()
        self.refresh_bindings()

    @property
    def side(self) -> Side:
        """The side the keys act on."""
        return self._side.side

    # State

    def _list(self, side: Side) -> FileList:
        return self.query_one(f"#{side.value}", FileList)

    def _folder(self, side: Side) -> Folder:
        return self.left if side is Side.LEFT else self.right

    @property
    def _sides(self) -> tuple[FileList, FileList]:
        """The side the keys act on, and the other one."""
        return self._side, self._list(self._side.side.other)

    def watch_left(self) -> None:
        """Show the left folder."""
        self._show(Side.LEFT)

    def watch_right(self) -> None:
        """Show the right folder."""
        self._show(Side.RIGHT)

    def watch_file_views(self) -> None:
        """Both look alike."""
        for side in Side:
            self._show(side)

    def _show(self, side: Side) -> None:
        files, folder = self._list(side), self._folder(side)
        moved = (folder.end, folder.path) != (files.folder.end, files.folder.path)
        words = "" if moved else files.words
        if files is self._side and moved:
            self._put_filter("")
        files.in_step = self._in_step
        files.show_folder(folder, self.file_views.look, words, self.app.now())
        if stands(self):
            self.call_later(self._meet)
        self.refresh_bindings()

    def watch_transfers(self) -> None:
        """The list is there once something was copied."""
        transfers = self.query_one(TransferList)
        transfers.set_class(bool(self.transfers), "-some")
        if not self.transfers and transfers.has_focus:
            self._side.focus()

    @on(LineTable.CursorMoved, "FileList")
    def follow_cursor(self) -> None:
        """Another entry can do other things."""
        self._meet()
        self.refresh_bindings()

    def _meet(self) -> None:
        """Tell what is under the cursor; what is shown beside the pane follows."""
        folder, entry = self._side.folder, self._side.current
        standing = None
        if entry is not None and entry.name != PARENT and folder.path:
            standing = Standing(folder.end, folder.inside(entry.name), entry)
        self.post_message(requests.EntryMet(standing))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is done to files is out of reach among the transfers."""
        if action in ON_FILES and self.query_one(TransferList).has_focus:
            return False
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        """Nothing can be copied or made where there is no folder."""
        side, other = self._sides
        return why_not(action, side.folder, other.folder, side.current)

    # Moving about

    def _ask_folder(self, side: Side, path: str, cursor: str = "") -> None:
        self.post_message(requests.FolderRequested(side, path, cursor))

    def action_open(self) -> None:
        """Go into the folder, look into the file."""
        entry = self._side.current
        if entry is None or self.screen.focused is not self._side:
            return
        if entry.name == PARENT:
            self.action_leave()
        elif entry.is_folder:
            self._enter(entry)
        else:
            self.action_view()

    def _enter(self, entry: Entry) -> None:
        side, other = self._sides
        self._ask_folder(side.side, side.folder.inside(entry.name))
        if self._in_step:
            if any(one.name == entry.name and one.is_folder for one in other.folder.entries):
                self._ask_folder(other.side, other.folder.inside(entry.name))
            else:
                self._out_of_step("The other side has no such folder.")

    def action_leave(self) -> None:
        """Go to the folder above and stand on the one we left."""
        side, other = self._sides
        if not side.folder.path or side.folder.path == "/":
            return
        self._ask_folder(side.side, side.folder.parent, side.folder.name)
        if self._in_step:
            if other.folder.path not in ("", "/"):
                self._ask_folder(other.side, other.folder.parent, other.folder.name)
            else:
                self._out_of_step("The other side is at its top.")

    def action_home(self) -> None:
        """Go to the home folder."""
        self._ask_folder(self._side.side, "~")

    def action_step(self) -> None:
        """Walk in step, or no longer."""
        self._in_step = not self._in_step
        for side in Side:
            self._list(side).in_step = self._in_step
            self._list(side).entitle()

    def _out_of_step(self, why: str) -> None:
        self.action_step()
        self.notify(f"{why} They no longer walk in step; y begins again.", markup=False)

    def action_reread(self) -> None:
        """Read both folders anew."""
        for side in Side:
            folder = self._folder(side)
            self._ask_folder(side, folder.path or _first_path(folder))

    def action_other_side(self, step: int) -> None:
        """Left, right, transfers, and round again."""
        lists: list[Widget] = [*self.query(FileList)]
        if self.transfers:
            lists.append(self.query_one(TransferList))
        at = next((i for i, one in enumerate(lists) if one.has_focus), -1)
        lists[(at + step) % len(lists)].focus()

    def action_end(self) -> None:
        """Choose what this side shows."""
        self.post_message(requests.EndRequested(self._side.side))

    def action_go_to(self) -> None:
        """Ask for a path to go to."""
        self.post_message(requests.FolderPathRequested(self._side.side))

    def action_bookmarks(self) -> None:
        """Choose a bookmark."""
        self.post_message(requests.BookmarksRequested(self._side.side))

    def action_bookmark(self) -> None:
        """Keep this folder."""
        self.post_message(requests.BookmarkAdditionRequested(self._side.side))

    @on(FileList.EndWanted)
    def choose_end(self, event: FileList.EndWanted) -> None:
        """The title of a side was clicked."""
        event.files.focus()
        self.post_message(requests.EndRequested(event.files.side))

    @on(LineTable.Chosen, "FileList")
    def open_clicked(self, event: LineTable.Chosen) -> None:
        """The line under the cursor was clicked."""
        assert isinstance(event.table, FileList)
        self._side = event.table
        self.action_open()

    # Entries

    def _with_names(self, request: type[requests.EntriesRequest]) -> None:
        names = self._side.chosen_names()
        if names:
            self.post_message(request(self._side.side, names))
        else:
            self.notify("Stand on an entry, or mark some with Space.", markup=False)

    def action_copy(self) -> None:
        """Copy the marked entries, or the current one, into the other side's folder."""
        self._with_names(requests.CopyToOtherRequested)
        self._side.unmark()

    def action_copy_path(self) -> None:
        """Put the paths on the clipboard, a line each; the folder's own where none is chosen."""
        folder = self._side.folder
        found = [folder.inside(name) for name in self._side.chosen_names()] or [folder.path]
        paths = [visible(path) for path in found]
        what = visible(paths[0], 100) if len(paths) == 1 else f"{len(paths)} paths"
        self.post_message(CopyRequested("\n".join(paths), what))

    def action_remove(self) -> None:
        """Remove the marked entries, or the current one."""
        self._with_names(requests.RemovalRequested)

    def action_stage(self) -> None:
        """A new job that these travel with."""
        self._with_names(requests.StageRequested)

    def action_make_folder(self) -> None:
        """Make a folder on this side."""
        self.post_message(requests.FolderCreationRequested(self._side.side))

    def action_rename(self) -> None:
        """Give the current entry another name."""
        self._with_entry(requests.RenameRequested)

    def action_view(self) -> None:
        """Look into the current file."""
        self._with_entry(requests.ViewRequested)

    def action_edit(self) -> None:
        """Change the current file."""
        self._with_entry(requests.EditRequested)

    def _with_entry(self, request: type[requests.EntryRequest]) -> None:
        entry = self._side.current
        if entry is not None and entry.name != PARENT:
            self.post_message(request(self._side.side, entry.name))

    # Filter

    @property
    def _filter(self) -> Input:
        return self.query_one("#file-filter", Input)

    def action_filter(self) -> None:
        """Type what names must have."""
        self._filter.value = self._side.words
        self._filter.add_class("told")
        self._filter.focus()

    @on(Input.Changed, "#file-filter")
    def filter_typed(self, event: Input.Changed) -> None:
        """Show what has it, with every letter."""
        event.stop()
        self._filter_by(event.value)

    @on(Input.Submitted, "#file-filter")
    def filter_kept(self, event: Input.Submitted) -> None:
        """Go on in the list; the field stays as long as something is left out."""
        event.stop()
        self._filter.set_class(bool(event.value), "told")
        self._side.focus()

    def _filter_by(self, words: str) -> None:
        side = self._side
        if words != side.words:
            folder = replace(self._folder(side.side), cursor="")
            side.show_folder(folder, self.file_views.look, words, self.app.now())
            self.refresh_bindings()

    def _put_filter(self, words: str) -> None:
        with self.prevent(Input.Changed):
            self._filter.value = words
        self._filter.set_class(bool(words), "told")

    def find(self, words: str) -> None:
        """Show only what has `words` on the side the keys act on; all where they are empty."""
        self._put_filter(words)
        self._filter_by(words)

    def action_show_all(self) -> None:
        """Leave the filter's field, forget the marks, then the filter."""
        if self._filter.has_focus or not self._side.unmark():
            self._put_filter("")
            self._filter_by("")
            self._side.focus()


def _first_path(folder: Folder) -> str:
    """Where a side begins: at a cluster's home; here where podtui was started."""
    return "~" if folder.end else ""
