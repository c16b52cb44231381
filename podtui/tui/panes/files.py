"""The Files pane: this machine left, the cluster right, what moves between them below."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.reactive import reactive

from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Transfer
from podtui.tui.acts.base import ActBase
from podtui.tui.folder import Folder
from podtui.tui.panes.base import Pane
from podtui.tui.panes.follow import follow_app
from podtui.tui.requests import (
    FolderCreationRequested,
    FolderPathRequested,
    FolderRequested,
    RemovalRequested,
    TransferRequested,
)
from podtui.tui.widgets.file_list import PARENT, FileList
from podtui.tui.widgets.line_list import LineList
from podtui.tui.widgets.transfer_list import TransferList


class FilesPane(Pane):
    """Two folders side by side; what is marked on one side is copied into the folder of the other.

    The keys act on the side that has, or last had, the focus.
    """

    HELP = """\
# Files

**Left** is this machine, **right** the cluster's home on its login node. *Tab* goes to the other
side and on to the transfers, *Enter* into a folder, *Backspace* out of it, `~` home.

Mark with *Space* (`*` turns all marks round) and copy with `c`: marked entries, or the one under
the cursor, go into the folder that the other side shows. Each file is written beside its final
name, verified by its hash, and only then renamed. A cancelled transfer leaves nothing under the
final name.

`m` makes a folder, `x` removes files and empty folders after asking, `:` goes to a path you type.
"""
    FOCUS = "#local"
    DEFAULT_CSS = """
    FilesPane {
        & > Horizontal { height: 1fr; }
        & FileList { width: 1fr; height: 1fr; }
        & TransferList { height: auto; max-height: 8; display: none; }
        & TransferList.-some { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "c,f5",
            "copy",
            "Copy",
            id="files.copy",
            tooltip="Copy what is marked, or the current entry, to the other side",
        ),
        Binding(
            "m", "make_folder", "New folder", id="files.make_folder", tooltip="Make a folder here"
        ),
        Binding(
            "x,delete,f8",
            "remove",
            "Remove",
            id="files.remove",
            tooltip="Remove files and empty folders, after asking",
        ),
        Binding("g", "reread", "Refresh", id="files.refresh", tooltip="Read both folders anew"),
        Binding(
            "tab",
            "other_side(1)",
            "Other side",
            id="files.other_side",
            tooltip="Go to the next list",
        ),
        Binding("shift+tab", "other_side(-1)", "Back", show=False, id="files.other_side_back"),
        Binding(
            "backspace",
            "leave",
            "Up",
            show=False,
            id="files.up",
            tooltip="Go to the folder above",
        ),
        Binding(
            "tilde", "home", "Home", show=False, id="files.home", tooltip="Go to the home folder"
        ),
        Binding(
            "colon,ctrl+l",
            "go_to",
            "Go to",
            id="files.go_to",
            key_display=":",
            tooltip="Type the path of a folder to go to",
        ),
    ]

    app = getters.app(ActBase)
    here: reactive[Folder] = reactive(Folder(), init=False)
    there: reactive[Folder] = reactive(Folder(), init=False)
    transfers: reactive[tuple[Transfer, ...]] = reactive((), init=False)
    cluster: reactive[str] = reactive("", init=False)

    def compose(self) -> ComposeResult:
        """Two lists side by side, the transfers below."""
        with Horizontal():
            yield FileList("Here", id="local")
            yield FileList("", id="remote")
        yield TransferList(id="transfers").data_bind(FilesPane.transfers)

    def on_mount(self) -> None:
        """The keys act on this machine's folder first."""
        self._side = self.query_one("#local", FileList)
        self._asked: dict[bool, Folder] = {}
        follow_app(self, "here", "there", "transfers", "cluster")
        self.watch_cluster()

    def take_focus(self) -> None:
        """Come to the list that had the focus, and read what has not been read."""
        focused = self.screen.focused
        if focused is None or self not in focused.ancestors:
            self._side.focus()
        for remote, folder in ((False, self.here), (True, self.there)):
            if folder.path or folder.wanted or self._asked.get(remote) is folder:
                continue
            self._asked[remote] = folder  # the answer is on its way: ask once
            self.post_message(FolderRequested(remote, "" if not remote else "~"))

    def on_descendant_focus(self) -> None:
        """Remember the side, and say in the footer what can be done there."""
        focused = self.screen.focused
        if isinstance(focused, FileList):
            self._side = focused
        self.refresh_bindings()

    def watch_here(self) -> None:
        """Show this machine's folder."""
        self._show("#local", self.here)

    def watch_there(self) -> None:
        """Show the cluster's folder."""
        self._show("#remote", self.there)

    def watch_cluster(self) -> None:
        """Name the right side."""
        remote = self.query_one("#remote", FileList)
        remote.label = f"{visible(self.cluster, 24)}:" if self.cluster else "No cluster"
        self._show("#remote", self.there)

    def watch_transfers(self) -> None:
        """The list is there once something was copied."""
        transfers = self.query_one(TransferList)
        transfers.set_class(bool(self.transfers), "-some")
        if not self.transfers and transfers.has_focus:
            self._side.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is done to files is out of reach among the transfers."""
        if action in ("copy", "make_folder", "remove") and self.query_one(TransferList).has_focus:
            return False
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        """Nothing can be copied or made where there is no folder."""
        side, other = self._sides()
        if action == "copy" and not (side.folder.path and other.folder.path):
            return self.there.error or self.here.error or "The other side has not answered yet."
        if action in ("make_folder", "remove") and not side.folder.path:
            return side.folder.error or "This side has not answered yet."
        return ""

    def action_copy(self) -> None:
        """Copy the marked entries, or the current one, into the other side's folder."""
        side, other = self._sides()
        names = side.chosen_names()
        if not names:
            self.notify("Stand on an entry, or mark some with Space.", markup=False)
            return
        upload = side.id == "local"
        self.post_message(
            TransferRequested(
                Direction.UPLOAD if upload else Direction.DOWNLOAD,
                tuple(side.folder.inside(name) for name in names),
                other.folder.path,
            )
        )
        side.unmark()

    def action_make_folder(self) -> None:
        """Make a folder on this side."""
        side, _ = self._sides()
        self.post_message(FolderCreationRequested(side.id == "remote", side.folder.path))

    def action_remove(self) -> None:
        """Remove the marked entries, or the current one."""
        side, _ = self._sides()
        if names := side.chosen_names():
            self.post_message(RemovalRequested(side.id == "remote", side.folder.path, names))

    def action_reread(self) -> None:
        """Read both folders anew."""
        for remote, folder in ((False, self.here), (True, self.there)):
            self.post_message(FolderRequested(remote, folder.path or ("~" if remote else "")))

    def action_other_side(self, step: int) -> None:
        """Local, remote, transfers, and round again."""
        lists: list[LineList[Any]] = [*self.query(FileList)]
        if self.transfers:
            lists.append(self.query_one(TransferList))
        at = next((i for i, one in enumerate(lists) if one.has_focus), -1)
        lists[(at + step) % len(lists)].focus()

    def action_leave(self) -> None:
        """Go to the folder above and stand on the one we left."""
        side, _ = self._sides()
        folder = side.folder
        if folder.path and folder.path != "/":
            request = FolderRequested(side.id == "remote", folder.parent, folder.name)
            self.post_message(request)

    def action_home(self) -> None:
        """Go to the home folder."""
        side, _ = self._sides()
        self.post_message(FolderRequested(side.id == "remote", "~"))

    def action_go_to(self) -> None:
        """Ask for a path to go to."""
        side, _ = self._sides()
        self.post_message(FolderPathRequested(side.id == "remote", side.folder.path or "~"))

    @on(LineList.Chosen, "FileList")
    def enter_folder(self, event: FileList.Chosen) -> None:
        """Go into the folder that was chosen."""
        side = event.lines
        assert isinstance(side, FileList)
        entry = side.current
        if entry is None or not entry.is_folder:
            return
        if entry.name == PARENT:
            self._side = side
            self.action_leave()
        else:
            path = side.folder.inside(entry.name)
            self.post_message(FolderRequested(side.id == "remote", path))

    def _sides(self) -> tuple[FileList, FileList]:
        """The side the keys act on, and the other one."""
        local = self.query_one("#local", FileList)
        remote = self.query_one("#remote", FileList)
        return (local, remote) if self._side is local else (remote, local)

    def _show(self, selector: str, folder: Folder) -> None:
        self.query_one(selector, FileList).show_folder(folder, self.app.now())
        self.refresh_bindings()
