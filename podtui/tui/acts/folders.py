"""The two folders of the Files pane: read, and changed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from textual import on
from textual.reactive import var

from podtui.domain.text import visible
from podtui.errors import LoginRequired, PodError, Unreachable
from podtui.tui import file_requests as requests
from podtui.tui.acts.base import ActBase
from podtui.tui.folder import Folder, Side
from podtui.tui.requests import LoginNodesChanged
from podtui.tui.screens.dialogs import Ask, Confirm
from podtui.tui.spans import clock_time

_NAMES_TOLD = 3


class FolderActs(ActBase):
    """What both sides show, and everything that changes it."""

    left: var[Folder] = var(Folder())
    right: var[Folder] = var(Folder())

    def on_frame_drawn(self) -> None:
        """The right side begins at the cluster that is looked at, and follows it."""
        self._looked_at = self.cluster
        self.right = Folder(end=self.cluster)
        self.watch(self, "cluster", self._follow_cluster, init=False)

    def _follow_cluster(self) -> None:
        """Another cluster is looked at: the side that showed the last one shows it."""
        before, self._looked_at = self._looked_at, self.cluster
        for side in (Side.RIGHT, Side.LEFT):
            if self.folder_of(side).end == before and (before or side is Side.RIGHT):
                self._let_go_of(side, self.cluster)
                return

    def _let_go_of(self, side: Side, end: str) -> None:
        """What a side shows is no longer so."""
        self.workers.cancel_group(self, _group(side))
        self.put_folder(side, Folder(end=end))

    @on(LoginNodesChanged)
    def follow_login_nodes(self, event: LoginNodesChanged) -> None:
        """Another login node answers, or none: read the home anew where it is looked at."""
        for side in Side:
            folder = self.folder_of(side)
            if event.cluster == folder.end:
                self._let_go_of(side, folder.end)
                if folder.path or folder.wanted or folder.problem:
                    self.show_folder(side, "~")

    # Reading

    @on(requests.FolderRequested)
    def read_folder(self, event: requests.FolderRequested) -> None:
        """Read a folder; the last one asked for is the one that will be shown."""
        if event.end is not None and event.end != self.folder_of(event.side).end:
            self._let_go_of(event.side, event.end)
        self.show_folder(event.side, event.path, event.cursor)

    def show_folder(self, side: Side, path: str, cursor: str = "") -> None:
        """Read `path` and show it on its side, standing on `cursor`."""
        group = _group(side)
        self.workers.cancel_group(self, group)
        self.put_folder(side, replace(self.folder_of(side), wanted=path or ".", cursor=""))
        self.run_act(self._read(side, path, cursor), f"{group} {path}", group)

    async def _read(self, side: Side, path: str, cursor: str) -> None:
        try:
            folder = await self._answer(self.folder_of(side).end, path)
        except PodError as error:
            self.put_folder(side, self._failed(side, path, error))
        else:
            self.put_folder(side, replace(folder, cursor=cursor))

    async def _answer(self, end: str, path: str) -> Folder:
        files = self.session.files
        resolved = await files.resolve(end, path)
        entries = await files.folder(end, resolved)
        space = None
        with suppress(PodError):  # a list without its free space is still a list
            space = await files.space(end, resolved)
        home = await files.resolve(end, "~")
        return Folder(resolved, entries, space, home, end=end, read=self.now())

    def _failed(self, side: Side, path: str, error: PodError) -> Folder:
        """What a side shows after a failure: the list it had where that still says something."""
        shown = self.folder_of(side)
        lost = isinstance(error, Unreachable | LoginRequired)
        if shown.path and not shown.problem and (lost or path != shown.path):
            self.show_error(error)
            stale = self._age_told(shown, error) if lost else shown.stale
            return replace(shown, wanted="", stale=stale)
        hint = f"{error.hint}\n\nPress g to try again.".strip()
        return Folder(
            shown.path,
            home=shown.home,
            title=error.title,
            error=error.message,
            hint=hint,
            end=shown.end,
        )

    def _age_told(self, shown: Folder, error: PodError) -> str:
        """Why the list that stays may have changed, and of when it is."""
        of = f", of {clock_time(shown.read, self.now())}" if shown.read else ""
        return f"◐ {visible(error.title, 30)}{of}"

    def folder_of(self, side: Side) -> Folder:
        """What a side shows."""
        return self.left if side is Side.LEFT else self.right

    def put_folder(self, side: Side, folder: Folder) -> None:
        """Have a side show another folder."""
        if side is Side.LEFT:
            self.left = folder
        else:
            self.right = folder

    def reread(self, end: str, path: str, cursor: str = "") -> None:
        """Read a folder again where it is shown."""
        for side in Side:
            folder = self.folder_of(side)
            if (folder.end, folder.path) == (end, path):
                self.show_folder(side, path, cursor)

    # Changing

    @on(requests.FolderCreationRequested)
    def ask_folder_name(self, event: requests.FolderCreationRequested) -> None:
        """Ask for a name and make the folder."""
        folder = self.folder_of(event.side)

        def make(name: str | None) -> None:
            if name is not None:
                self.run_act(self._make_folder(folder, name.strip()), f"make folder {name}")

        title = f"New folder in {visible(folder.path, 50)}"
        self.push_screen(Ask(title, "Name", "", _name_problem), make)

    async def _make_folder(self, folder: Folder, name: str) -> None:
        await self.session.files.make_folder(folder.end, folder.inside(name))
        self.reread(folder.end, folder.path, name)

    @on(requests.RenameRequested)
    def ask_new_name(self, event: requests.RenameRequested) -> None:
        """Ask for another name and give it."""
        folder = self.folder_of(event.side)

        def rename(name: str | None) -> None:
            if name is not None and name != event.name:
                self.run_act(self._rename(folder, event.name, name.strip()), "rename")

        title = f"Rename {visible(event.name, 50)}"
        typed = event.name if event.name.isprintable() else ""
        self.push_screen(Ask(title, f"New name {folder.where}", typed, _name_problem), rename)

    async def _rename(self, folder: Folder, old: str, new: str) -> None:
        await self.session.files.rename(folder.end, folder.inside(old), folder.inside(new))
        self.reread(folder.end, folder.path, new)

    @on(requests.RemovalRequested)
    def ask_removal(self, event: requests.RemovalRequested) -> None:
        """Name what would go, and remove it if that is wanted."""
        folder = self.folder_of(event.side)
        whole = {e.name for e in folder.entries if e.is_folder and e.target_kind is None}
        folders = tuple(name for name in event.names if name in whole)

        def remove(sure: bool | None) -> None:
            if sure:
                self.run_act(self._remove(folder, event.names, frozenset(folders)), "remove")

        within = f"\n\n{names_told(folders)}: with ALL that is in it." if folders else ""
        body = (
            f"{names_told(event.names)}\n\nin {visible(folder.path, 200)} {folder.where}.{within}\n"
            "This cannot be undone."
        )
        self.push_screen(Confirm("Remove?", body, "Remove", "Keep"), remove)

    async def _remove(self, folder: Folder, names: tuple[str, ...], whole: frozenset[str]) -> None:
        """Remove one after the other; the first that fails ends it and is told."""
        try:
            for name in names:
                path = folder.inside(name)
                await self.session.files.remove(folder.end, path, whole=name in whole)
        finally:
            self.reread(folder.end, folder.path)


def names_told(names: tuple[str, ...]) -> str:
    """The names for a question: the first few, and how many more."""
    told = ", ".join(visible(name, 60) for name in names[:_NAMES_TOLD])
    more = len(names) - _NAMES_TOLD
    return f"{told} and {more} more" if more > 0 else told


def _group(side: Side) -> str:
    return f"folder {side.value}"


def _name_problem(name: str) -> str:
    """Why something cannot be called `name`, empty when it can."""
    if name.strip() in ("", ".", ".."):
        return "Type a name."
    return "A name has no / and no zero byte." if "/" in name or "\x00" in name else ""
