"""How files are listed: which columns, in which order, with hidden ones or without."""

from __future__ import annotations

from dataclasses import replace

from textual import on
from textual.reactive import reactive

from podtui.domain.bookmarks import FileViews
from podtui.domain.file_look import FileLook
from podtui.tui import file_requests as requests
from podtui.tui.panes.base import Pane
from podtui.tui.widgets.line_table import LineTable


class FileLooks(Pane):
    """A pane whose file lists look alike."""

    file_views: reactive[FileViews] = reactive(FileViews(), init=False)

    def _have_look(self, look: FileLook) -> None:
        self.post_message(requests.FileViewsChanged(replace(self.file_views, look=look)))

    def action_hidden(self) -> None:
        """Show what begins with a dot, or leave it out."""
        look = self.file_views.look
        self._have_look(replace(look, hidden=not look.hidden))

    def action_order(self) -> None:
        """Sort by the next column."""
        look = self.file_views.look
        at = look.columns.index(look.sort) if look.sort in look.columns else -1
        self._have_look(look.sorted_by(look.columns[(at + 1) % len(look.columns)]))

    def action_turn_order(self) -> None:
        """Sort the other way round."""
        look = self.file_views.look
        self._have_look(replace(look, descending=not look.descending))

    def action_columns(self) -> None:
        """Choose the columns."""
        self.post_message(requests.FileColumnsRequested())

    @on(LineTable.HeadChosen, "FileList")
    def sort_by_head(self, event: LineTable.HeadChosen) -> None:
        """The head of a column was clicked."""
        look = self.file_views.look
        if event.column < len(look.columns):
            self._have_look(look.sorted_by(look.columns[event.column]))
