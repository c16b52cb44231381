"""What the Files pane asks for: folders read and changed, transfers put in the queue."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from textual import on
from textual.reactive import var

from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.errors import LoginRequired, PodError, Unreachable
from podtui.tui import requests
from podtui.tui.acts.base import ActBase
from podtui.tui.folder import Folder
from podtui.tui.screens.dialogs import Ask, Confirm

_NAMES_TOLD = 3


class FileActs(ActBase):
    """The two folders shown, and everything that changes them."""

    here: var[Folder] = var(Folder())
    there: var[Folder] = var(Folder())

    def on_mount(self) -> None:
        """Follow the transfers, and the cluster that is looked at."""
        self._done: frozenset[str] = frozenset()
        self.watch(self, "transfers", self._reread_after, init=False)
        self.watch(self, "cluster", self.forget_there, init=False)

    def forget_there(self) -> None:
        """What the right side shows is no longer so: another cluster, or its login node is gone."""
        self.workers.cancel_group(self, _group(remote=True))
        self.there = Folder()

    @on(requests.LoginNodesChanged)
    def follow_login_nodes(self, event: requests.LoginNodesChanged) -> None:
        """Another login node answers, or none: read the home anew where it is looked at."""
        if event.cluster == self.cluster:
            asked = bool(self.there.path or self.there.wanted or self.there.problem)
            self.forget_there()
            if asked:
                self.show_folder(True, "~")

    # Reading

    @on(requests.FolderRequested)
    def read_folder(self, event: requests.FolderRequested) -> None:
        """Read a folder; the last one asked for is the one that will be shown."""
        self.show_folder(event.remote, event.path, event.cursor)

    def show_folder(self, remote: bool, path: str, cursor: str = "") -> None:
        """Read `path` and show it on its side, standing on `cursor`."""
        group = _group(remote)
        self.workers.cancel_group(self, group)
        shown = self._folder(remote)
        self._put(remote, replace(shown, wanted=path, cursor=""))
        self.run_act(self._read(remote, path, cursor), f"{group} {path}", group)

    async def _read(self, remote: bool, path: str, cursor: str) -> None:
        try:
            folder = await (self._far(path) if remote else self._near(path))
        except PodError as error:
            self._put(remote, self._failed(remote, path, error))
        else:
            self._put(remote, replace(folder, cursor=cursor))

    async def _far(self, path: str) -> Folder:
        files, cluster = self.session.files, self.cluster
        resolved = await files.resolve(cluster, path)
        entries = await files.remote(cluster, resolved)
        space = None
        with suppress(PodError):  # a list without its free space is still a list
            space = await files.remote_space(cluster, resolved)
        return Folder(resolved, entries, space, await files.resolve(cluster, "~"))

    async def _near(self, path: str) -> Folder:
        resolved = self._near_path(path)
        entries = await self.session.files.local(resolved)
        space = await self.session.files.local_space(resolved)
        return Folder(str(resolved), entries, space, str(self.session.paths.home))

    def _near_path(self, path: str) -> Path:
        """A path on this machine made absolute; `~` is the home, the empty one where we began."""
        home = self.session.paths.home
        if path == "~" or path.startswith("~/"):
            return home / path[2:]
        return Path(path).absolute()

    def _failed(self, remote: bool, path: str, error: PodError) -> Folder:
        """What a side shows after a failure: the list it had where that still says something."""
        shown = self._folder(remote)
        lost = isinstance(error, Unreachable | LoginRequired)
        if shown.path and not shown.problem and (lost or path != shown.path):
            self.show_error(error)
            return replace(shown, wanted="")
        hint = f"{error.hint}\n\nPress g to try again.".strip()
        return Folder(
            shown.path, home=shown.home, title=error.title, error=error.message, hint=hint
        )

    def _folder(self, remote: bool) -> Folder:
        return self.there if remote else self.here

    def _put(self, remote: bool, folder: Folder) -> None:
        if remote:
            self.there = folder
        else:
            self.here = folder

    @on(requests.FolderPathRequested)
    def ask_path(self, event: requests.FolderPathRequested) -> None:
        """Ask for a path and go there; a relative one begins at the folder shown."""

        def go(answer: str | None) -> None:
            if answer and answer.strip():
                path = answer.strip()
                if not path.startswith(("/", "~")):
                    path = self._folder(event.remote).inside(path)
                self.show_folder(event.remote, path)

        where = f"on {visible(self.cluster)}" if event.remote else "on this machine"
        self.push_screen(Ask("Go to", f"Folder {where}", event.path), go)

    # Changing

    @on(requests.FolderCreationRequested)
    def ask_folder_name(self, event: requests.FolderCreationRequested) -> None:
        """Ask for a name and make the folder."""

        def make(name: str | None) -> None:
            if name is not None:
                work = self._make_folder(event.remote, event.path, name.strip())
                self.run_act(work, f"make folder {name}")

        title = f"New folder in {visible(event.path, 50)}"
        self.push_screen(Ask(title, "Name", "", _name_problem), make)

    async def _make_folder(self, remote: bool, path: str, name: str) -> None:
        target = Folder(path).inside(name)
        if remote:
            await self.session.files.make_folder(self.cluster, target)
        else:
            await self.session.files.make_local_folder(Path(target))
        self._reread(remote, path, name)

    @on(requests.RemovalRequested)
    def ask_removal(self, event: requests.RemovalRequested) -> None:
        """Name what would go, and remove it if that is wanted."""

        def remove(sure: bool | None) -> None:
            if sure:
                work = self._remove(self.cluster if event.remote else "", event.path, event.names)
                self.run_act(work, "remove")

        where = f"on {visible(self.cluster)}" if event.remote else "on this machine"
        body = (
            f"{names_told(event.names)}\n\nin {visible(event.path, 200)} {where}. "
            "A folder goes only when it is empty. This cannot be undone."
        )
        self.push_screen(Confirm("Remove?", body, "Remove", "Keep"), remove)

    async def _remove(self, cluster: str, path: str, names: tuple[str, ...]) -> None:
        """Remove one after the other; the first that fails ends it and is told."""
        folder = Folder(path)
        try:
            for name in names:
                if cluster:
                    await self.session.files.remove(cluster, folder.inside(name))
                else:
                    await self.session.files.remove_local(Path(folder.inside(name)))
        finally:
            self._reread(bool(cluster), path)

    def _reread(self, remote: bool, path: str, cursor: str = "") -> None:
        """Read a folder again if it is the one shown."""
        if self._folder(remote).path == path:
            self.show_folder(remote, path, cursor)

    # Transfers

    @on(requests.TransferRequested)
    def ask_transfer(self, event: requests.TransferRequested) -> None:
        """Put the transfers in the queue, after asking where something would be replaced."""
        names = [source.rstrip("/").rpartition("/")[2] for source in event.sources]
        there = self._folder(event.direction is Direction.UPLOAD)
        taken = {entry.name for entry in there.entries} if there.path == event.target else set()
        replaced = tuple(name for name in names if name in taken)

        def add(sure: bool | None) -> None:
            if sure:
                self._add_transfers(event)

        if not replaced:
            self._add_transfers(event)
            return
        body = (
            f"{names_told(replaced)}\n\nis there already, in {visible(event.target, 200)}. "
            "Files are replaced; in a folder, only those of the same name."
        )
        self.push_screen(Confirm("Replace?", body, "Replace", "Keep"), add)

    def _add_transfers(self, event: requests.TransferRequested) -> None:
        target = event.target.rstrip("/") + "/"
        for source in event.sources:
            upload = event.direction is Direction.UPLOAD
            local, remote = (source, target) if upload else (target, source)
            self.session.transfers.add(self.cluster, event.direction, local, remote)

    @on(requests.TransferCancellationRequested)
    def cancel_transfer(self, event: requests.TransferCancellationRequested) -> None:
        """Stop a transfer."""
        self.session.transfers.cancel(event.transfer)

    @on(requests.TransferRetryRequested)
    def retry_transfer(self, event: requests.TransferRetryRequested) -> None:
        """Put a transfer back in the queue."""
        self.session.transfers.retry(event.transfer)

    @on(requests.TransferClearanceRequested)
    async def clear_transfers(self) -> None:
        """Forget what has ended."""
        await self.session.transfers.clear_ended()

    def _reread_after(self, transfers: tuple[Transfer, ...]) -> None:
        """A transfer that is done may have put something into a folder that is shown."""
        done = frozenset(t.id for t in transfers if t.state is TransferState.DONE)
        new = [t for t in transfers if t.id in done - self._done]
        self._done = done
        if any(t.direction is Direction.DOWNLOAD and _lands(t.local, self.here) for t in new):
            self.show_folder(False, self.here.path)
        ups = [t for t in new if t.direction is Direction.UPLOAD and t.cluster == self.cluster]
        if any(_lands(t.remote, self.there) for t in ups):
            self.show_folder(True, self.there.path)


def names_told(names: tuple[str, ...]) -> str:
    """The names for a question: the first few, and how many more."""
    told = ", ".join(visible(name, 60) for name in names[:_NAMES_TOLD])
    more = len(names) - _NAMES_TOLD
    return f"{told} and {more} more" if more > 0 else told


def _group(remote: bool) -> str:
    return "folder there" if remote else "folder here"


def _lands(target: str, folder: Folder) -> bool:
    """Whether something that was copied to `target` may stand in the folder shown."""
    path = target.rstrip("/") or "/"
    return bool(folder.path) and folder.path in (path, path.rpartition("/")[0] or "/")


def _name_problem(name: str) -> str:
    """Why a folder cannot be called `name`, empty when it can."""
    if name.strip() in ("", ".", ".."):
        return "Type a name."
    return "A name has no / and no zero byte." if "/" in name or "\x00" in name else ""
