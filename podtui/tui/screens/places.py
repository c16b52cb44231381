"""Where a side of the Files pane goes: an end, a path that is typed, a bookmark."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from podtui.domain.bookmarks import Bookmark, FileViews
from podtui.domain.cluster import ClusterStatus
from podtui.domain.entry import Entry
from podtui.domain.text import visible
from podtui.tui.file_requests import FileViewsChanged, FolderNamesRequested
from podtui.tui.folder import Folder
from podtui.tui.glyphs import link_mark
from podtui.tui.screens.choice import Choice, ChoiceScreen
from podtui.tui.screens.modal import Modal, pressable
from podtui.tui.standing import stands
from podtui.tui.widgets.column_widths import Cell, ColumnSpec
from podtui.tui.widgets.line_table import LineTable

_MOST_OFFERED = 200


class EndScreen(ChoiceScreen):
    """This machine, or one of the clusters; the key of a cluster is its number, from 1."""

    def __init__(self, statuses: tuple[ClusterStatus, ...], current: str) -> None:
        names = [status.name for status in statuses]
        choices = [Choice("0", "This machine", "the files here")]
        for number, status in enumerate(statuses, 1):
            choices.append(
                Choice(str(number), visible(status.name, 40), link_mark(status.link).text)
            )
        at = names.index(current) + 1 if current in names else 0
        super().__init__("Show on this side", "", tuple(choices), current=str(at))


class GoToScreen(Modal[str | None]):
    """A path; below it the folders that it may become. Tab completes, Enter goes."""

    DEFAULT_CSS = """
    GoToScreen {
        & OptionList {
            height: auto; max-height: 40vh; border: none; padding: 0; background: $surface;
            &:focus { border: none; }
        }
        & .dialog-box { width: 76; max-width: 96%; }
        & .dialog-box > Input { width: 100%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", id="goto.complete", tooltip="Complete the name"),
        Binding("down", "offered", "Choose", id="goto.offered", tooltip="Choose among the names"),
        Binding("escape", "decline", "Never mind", id="goto.no", tooltip="Stay here"),
    ]
    AUTO_FOCUS = "Input"

    def __init__(self, folder: Folder) -> None:
        super().__init__(classes="dialog")
        self._folder = folder
        self._read: dict[str, tuple[Entry, ...]] = {}

    def compose(self) -> ComposeResult:
        """The field, and what could follow."""
        start = self._folder.title_path if self._folder.title_path.isprintable() else "~"
        with Vertical(classes="dialog-box") as box:
            box.border_subtitle = pressable("Tab completes · Enter goes · Esc closes")
            yield Label(
                f"Go to a folder {self._folder.where}", markup=False, classes="dialog-title"
            )
            yield Input(f"{start.rstrip('/')}/", id="path", select_on_focus=False)
            yield OptionList(id="offered")

    @on(Input.Changed)
    def look(self, event: Input.Changed) -> None:
        """Offer what is in the folder that is being typed."""
        event.stop()
        above = self._above(event.value)
        if above not in self._read:

            def took(entries: tuple[Entry, ...]) -> None:
                self._read[above] = entries
                if stands(self):
                    self._offer()

            path = self._folder.inside(above) if not above.startswith(("/", "~")) else above
            self.post_message(FolderNamesRequested(self, self._folder.end, path, took))
        self._offer()

    def _above(self, typed: str) -> str:
        return typed[: typed.rfind("/") + 1]

    @property
    def _names(self) -> list[str]:
        """The folders whose names begin as typed."""
        typed = self.query_one(Input).value
        begun = typed[len(self._above(typed)) :]
        entries = self._read.get(self._above(typed), ())
        named = [e.name for e in entries if e.is_folder and not e.unsafe and e.name.isprintable()]
        found = [name for name in named if name.startswith(begun)]
        found = found or [name for name in named if name.casefold().startswith(begun.casefold())]
        return [name for name in found if begun or not name.startswith(".")]

    def _offer(self) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        names = self._names
        options.add_options(Option(Text(f"{name}/")) for name in names[:_MOST_OFFERED])
        options.display = bool(names)

    def _complete_to(self, name: str, *, whole: bool) -> None:
        field = self.query_one(Input)
        field.value = f"{self._above(field.value)}{name}{'/' if whole else ''}"
        field.cursor_position = len(field.value)
        field.focus()

    def action_complete(self) -> None:
        """As far as all that are offered agree; one alone, whole; else choose among them."""
        names = self._names
        if len(names) == 1:
            self._complete_to(names[0], whole=True)
        elif names:
            begun = self.query_one(Input).value
            begun = begun[len(self._above(begun)) :]
            common = _common(names)
            if len(common) > len(begun):
                self._complete_to(common, whole=False)
            else:
                self.action_offered()

    def action_offered(self) -> None:
        """Choose among what is offered."""
        options = self.query_one(OptionList)
        if options.option_count and not options.has_focus:
            options.focus()
            options.highlighted = 0

    @on(OptionList.OptionSelected)
    def take_offered(self, event: OptionList.OptionSelected) -> None:
        """Complete to it."""
        event.stop()
        self._complete_to(self._names[event.option_index], whole=True)

    @on(Input.Submitted)
    def go(self, event: Input.Submitted) -> None:
        """Go there."""
        event.stop()
        path = event.value.strip()
        self.dismiss((path.rstrip("/") or "/") if path else None)

    def action_decline(self) -> None:
        """Stay."""
        self.dismiss(None)


class BookmarkTable(LineTable[Bookmark, Bookmark]):
    """A line for each bookmark."""

    def key_of(self, line: Bookmark) -> Bookmark:
        """Itself."""
        return line

    def cells_of(self, line: Bookmark) -> list[Cell]:
        """Its path."""
        return [Cell(visible(line.path, 300))]


class BookmarksScreen(Modal[str | None]):
    """The bookmarks of one end; Enter goes there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Go", id="bookmarks.go", tooltip="Show this folder"),
        Binding("a", "add", "Add", id="bookmarks.add", tooltip="Keep the folder shown now"),
        Binding("d,delete", "drop", "Drop", id="bookmarks.drop", tooltip="Forget the bookmark"),
        Binding("escape", "decline", "Close", id="bookmarks.no", tooltip="Stay here"),
    ]
    AUTO_FOCUS = "BookmarkTable"

    def __init__(self, views: FileViews, folder: Folder) -> None:
        super().__init__(classes="dialog")
        self._views = views
        self._folder = folder

    def compose(self) -> ComposeResult:
        """The paths, and what the keys do."""
        with Vertical(classes="dialog-box wide tall") as box:
            box.border_subtitle = pressable(
                "Enter goes · a adds the folder shown · d drops · Esc closes"
            )
            title = f"Bookmarks {self._folder.where}"
            yield Label(title, markup=False, classes="dialog-title")
            yield BookmarkTable((ColumnSpec("Folder", 20, 300),))
            yield Static("", markup=False, classes="dialog-problem")

    def on_mount(self) -> None:
        """Show them."""
        self._draw()

    def _draw(self) -> None:
        marks = self._views.of(self._folder.end)
        self.query_one(BookmarkTable).show(marks)
        note = "" if marks else "None yet: a keeps the folder that is shown now."
        self.query_one(".dialog-problem", Static).update(note)

    def _have(self, views: FileViews) -> None:
        self._views = views
        self._draw()
        self.post_message(FileViewsChanged(views))

    @on(LineTable.Chosen)
    def action_take(self) -> None:
        """Go there."""
        if mark := self.query_one(BookmarkTable).current:
            self.dismiss(mark.path)

    def action_add(self) -> None:
        """Keep the folder shown now."""
        if self._folder.path:
            mark = Bookmark(self._folder.end, self._folder.path)
            self._have(self._views.marked(mark))
            self.query_one(BookmarkTable).stand_on(mark)

    def action_drop(self) -> None:
        """Forget the bookmark; the folder stays as it is."""
        if mark := self.query_one(BookmarkTable).current:
            self._have(self._views.dropped(mark))

    def action_decline(self) -> None:
        """Stay."""
        self.dismiss(None)


def _common(names: list[str]) -> str:
    """What all begin with."""
    first, last = min(names), max(names)
    at = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first if at is None else first[:at]
