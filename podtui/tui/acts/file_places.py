"""Where the sides of the Files pane go: other ends, typed paths, bookmarks; and how they look."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Coroutine
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

from textual import on
from textual.reactive import var
from textual.widget import Widget
from textual.worker import Worker

from podtui.backends.unattended import unattended
from podtui.domain.bookmarks import Bookmark, FileViews
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui import file_requests as requests
from podtui.tui.acts.folders import FolderActs
from podtui.tui.standing import stands

if TYPE_CHECKING:
    from podtui.domain.preview import Preview
    from podtui.tui.screens.choice import Chosen


class FilePlaceActs(FolderActs):
    """Ends, paths, bookmarks, columns."""

    file_views: var[FileViews] = var(FileViews())

    def on_frame_drawn(self) -> None:
        """Take up what was kept."""
        self._keeping_files = asyncio.Lock()
        self.run_act(self._load_file_views(), "load bookmarks")

    async def _load_file_views(self) -> None:
        before = self.file_views
        views = await asyncio.to_thread(self.session.bookmarks.load)
        if self.file_views is before:  # nobody was quicker
            self.file_views = views

    @on(requests.FileViewsChanged)
    def change_file_views(self, event: requests.FileViewsChanged) -> None:
        """Look like it, and keep it."""
        self.file_views = event.views
        self.run_act(self._keep_file_views(), "keep bookmarks")

    async def _keep_file_views(self) -> None:
        async with self._keeping_files:  # the last is written last
            await asyncio.to_thread(self.session.bookmarks.save, self.file_views)

    def _have(self, views: FileViews | None) -> None:
        if views is not None:
            self.post_message(requests.FileViewsChanged(views))

    @on(requests.FileColumnsRequested)
    def choose_file_columns(self) -> None:
        """Ask which columns, and what to sort by."""
        from podtui.tui.screens.file_columns import FileColumnsScreen

        self.push_screen(FileColumnsScreen(self.file_views), self._have)

    # Places

    @on(requests.EndRequested)
    def choose_end(self, event: requests.EndRequested) -> None:
        """Ask what a side shows, and go to its home."""
        from podtui.tui.screens.places import EndScreen

        ends = ("", *(status.name for status in self.statuses))

        def go(chosen: Chosen | None) -> None:
            end = ends[int(chosen.key)] if chosen else None
            if end is not None and end != self.folder_of(event.side).end:
                path = "~" if end else ""
                self.read_folder(requests.FolderRequested(event.side, path, end=end))

        self.push_screen(EndScreen(self.statuses, self.folder_of(event.side).end), go)

    @on(requests.FolderPathRequested)
    def ask_path(self, event: requests.FolderPathRequested) -> None:
        """Ask for a path and go there; a relative one begins at the folder shown."""
        from podtui.tui.screens.places import GoToScreen

        folder = self.folder_of(event.side)

        def go(path: str | None) -> None:
            if path:
                whole = path if path.startswith(("/", "~")) else folder.inside(path)
                self.show_folder(event.side, whole)

        self.push_screen(GoToScreen(folder), go)

    @on(requests.FolderNamesRequested)
    def list_names(self, event: requests.FolderNamesRequested) -> None:
        """What could follow what is being typed; nothing where that cannot be told."""
        work_for(event.asker, self._list_names(event), "names")

    async def _list_names(self, event: requests.FolderNamesRequested) -> None:
        await self._opened.wait()
        with suppress(PodError):
            event.answer(await self.session.files.folder(event.end, event.path))

    @on(requests.BookmarksRequested)
    def choose_bookmark(self, event: requests.BookmarksRequested) -> None:
        """Ask which bookmark to go to."""
        from podtui.tui.screens.places import BookmarksScreen

        folder = self.folder_of(event.side)

        def go(path: str | None) -> None:
            if path:
                self.show_folder(event.side, path)

        self.push_screen(BookmarksScreen(self.file_views, folder), go)

    @on(requests.BookmarkAdditionRequested)
    def add_bookmark(self, event: requests.BookmarkAdditionRequested) -> None:
        """Keep the folder."""
        folder = self.folder_of(event.side)
        self._have(self.file_views.marked(Bookmark(folder.end, folder.path)))
        self.tell(f"{visible(folder.path, 200)} {folder.where}; b comes back here.", "Bookmark")

    # Previews

    @on(requests.ViewRequested)
    def open_preview(self, event: requests.ViewRequested) -> None:
        """Look into a file."""
        from podtui.tui.screens.preview import PreviewScreen

        folder = self.folder_of(event.side)
        self.push_screen(PreviewScreen(folder.end, folder.inside(event.name)))

    @on(requests.PreviewRequested)
    def read_preview(self, event: requests.PreviewRequested) -> None:
        """Read a part of a file for the screen that shows it."""
        work_for(event.asker, self._read_preview(event), "preview")

    async def _read_preview(self, event: requests.PreviewRequested) -> None:
        await self._opened.wait()
        if event.politely and not self.is_online(event.end):
            return
        part = self.session.previews.part
        try:
            with unattended() if event.politely else nullcontext():
                got: Preview | PodError = await part(
                    event.end, event.path, event.start, event.frame, event.most
                )
        except PodError as error:
            got = error
        event.answer(got)


def work_for(asker: Widget, work: Coroutine[Any, Any, None], group: str) -> None:
    """Do `work` in a worker of the screen that asked: it ends with the screen."""

    async def begin() -> None:
        await work

    if stands(asker):
        worker: Worker[None] = asker.run_worker(begin, name=group, group=group, exclusive=True)
        weakref.finalize(worker, work.close)  # never begun when it is cancelled at once
    else:
        work.close()
