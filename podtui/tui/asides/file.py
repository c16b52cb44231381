"""Beside the files: what the entry under the cursor is, and how it begins."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.geometry import Size
from textual.reactive import reactive
from textual.widgets import Static

from podtui.domain.entry import EntryKind
from podtui.domain.file_look import rights
from podtui.domain.preview import Preview, PreviewKind
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui.asides.base import Aside
from podtui.tui.file_requests import PreviewRequested
from podtui.tui.folder import Standing
from podtui.tui.panes.follow import follow_app
from podtui.tui.screens.preview import RowTable, facts
from podtui.tui.standing import stands
from podtui.tui.widgets.file_list import PARENT, whole_size
from podtui.tui.widgets.picture_view import PictureView

READ = 32 << 10
"""Bytes read of a file when the cursor rests on it; a picture may have more."""
PICTURE = 1 << 20
_LINES = 200


class FileAside(Aside):
    """Asks for the beginning of a file; a folder is read when one goes into it."""

    TITLE = "File"
    DEFAULT_CSS = """
    FileAside {
        & > #file-begins, & > RowTable, & > PictureView { height: 1fr; display: none; }
        & > RowTable { background: $surface; }
        & > #file-begins.shown, & > RowTable.shown, & > PictureView.shown { display: block; }
    }
    """
    standing_entry: reactive[Standing | None] = reactive(None, init=False)

    def __init__(self) -> None:
        super().__init__()
        self._preview: Preview | None = None
        self._trouble = ""

    def more(self) -> ComposeResult:
        """How it begins: as text, as a table, as a picture."""
        yield Static(classes="aside-head", id="file-what", markup=False)
        yield Static(id="file-begins", markup=False)
        table = RowTable(id="file-rows")
        table.can_focus = False
        yield table
        picture = PictureView(id="file-picture")
        picture.can_focus = False
        yield picture

    def on_mount(self) -> None:
        """Follow the app."""
        follow_app(self, "standing_entry")

    def watch_standing_entry(self) -> None:
        """Another entry."""
        self._preview, self._trouble = None, ""
        self.look()

    def draw(self) -> None:
        """What is known of it."""
        at = self.standing_entry
        if at is None or at.entry.name == PARENT:
            self.tell(Text("No entry is under the cursor.", style="dim"))
        else:
            self.tell(_facts(at))
        self._draw_preview()

    def _draw_preview(self) -> None:
        got = self._preview
        told = f"✗ {self._trouble}" if self._trouble else facts(got) if got else ""
        self.query_one("#file-what", Static).update(told)
        kind = got.kind if got else None
        text, rows = self.query_one("#file-begins", Static), self.query_one(RowTable)
        picture = self.query_one(PictureView)
        text.set_class(kind in (PreviewKind.TEXT, PreviewKind.BYTES), "shown")
        rows.set_class(kind is PreviewKind.TABLE, "shown")
        picture.set_class(kind is PreviewKind.PICTURE, "shown")
        if got is None:
            return
        if kind is PreviewKind.TABLE:
            rows.show_rows(got.rows)
        elif kind is PreviewKind.PICTURE and got.picture is not None:
            picture.show(got.picture)
        else:
            lines = Text("\n".join(got.lines[:_LINES]), no_wrap=True, overflow="ellipsis")
            text.update(lines)

    def ask(self) -> None:
        """How a file begins."""
        at = self.standing_entry
        if at is None or self._preview is not None or at.entry.unsafe:
            return
        kind = at.entry.target_kind or at.entry.kind
        if kind is not EntryKind.FILE:
            return

        def took(got: Preview | PodError) -> None:
            if stands(self) and self.standing_entry == at:
                self._take(got)

        request = PreviewRequested(self, at.end, at.path, 0, took)
        room = Size(self.content_size.width, max(self.content_size.height - 12, 4))
        request.frame = self.query_one(PictureView).frame_in(room, PICTURE)
        request.most = READ
        request.politely = True
        self.post_message(request)

    def _take(self, got: Preview | PodError) -> None:
        if isinstance(got, PodError):
            self._trouble = visible(f"{got.title}: {got.message}", 300)
        else:
            self._preview, self._trouble = got, ""
        self._draw_preview()


def _facts(at: Standing) -> Text:
    entry = at.entry
    kind = str(entry.kind.value)
    if entry.kind is EntryKind.LINK:
        kind += f" to a {entry.target_kind.value}" if entry.target_kind else " to nowhere"
    modified = f"{entry.modified.astimezone():%Y-%m-%d %H:%M:%S}" if entry.modified else ""
    size = whole_size(entry.size)
    told = (
        ("Path", visible(at.path, 2000)),
        ("On", visible(at.end, 60) or "this machine"),
        ("Kind", kind),
        ("Size", size if entry.kind is EntryKind.FILE else ""),
        ("Modified", modified),
        ("Rights", rights(entry)),
    )
    return Text("\n").join(
        Text.assemble((f"{label:<10}", "dim"), value) for label, value in told if value
    )
