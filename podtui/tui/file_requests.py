"""What the Files pane and its screens ask of the app: messages that bubble up to it.

An answer is a call back into the screen that asked; one that is gone by then ignores it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from podtui.domain.preview import PART
from podtui.tui.folder import Side, Standing

if TYPE_CHECKING:
    from textual.widget import Widget

    from podtui.domain.bookmarks import FileViews
    from podtui.domain.entry import Entry
    from podtui.domain.picture import Frame
    from podtui.domain.preview import Preview
    from podtui.errors import PodError


@dataclass
class FolderRequested(Message):
    """Show a folder on one side; `cursor` is the name to stand on there.

    `end` moves the side to another end: a cluster's name, or empty for this machine.
    """

    side: Side
    path: str
    cursor: str = ""
    end: str | None = None


@dataclass
class SideRequest(Message):
    """Something about one side."""

    side: Side


class EndRequested(SideRequest):
    """Choose which end a side shows."""


class FolderPathRequested(SideRequest):
    """Ask for a path to go to."""


class FolderCreationRequested(SideRequest):
    """Ask for a name and make a folder."""


class BookmarksRequested(SideRequest):
    """Choose among the bookmarks of the side's end."""


class BookmarkAdditionRequested(SideRequest):
    """Keep the side's folder as a bookmark."""


@dataclass
class EntriesRequest(SideRequest):
    """Something about entries of a side's folder."""

    names: tuple[str, ...]


class CopyToOtherRequested(EntriesRequest):
    """Copy them into the folder of the other side."""


class RemovalRequested(EntriesRequest):
    """Remove them, after asking."""


class StageRequested(EntriesRequest):
    """Open the form for a new job that they travel with."""


@dataclass
class EntryRequest(SideRequest):
    """Something about one entry of a side's folder."""

    name: str


class RenameRequested(EntryRequest):
    """Ask for another name."""


class ViewRequested(EntryRequest):
    """Look into the file."""


class EditRequested(EntryRequest):
    """Change the file in the person's editor."""


@dataclass
class EntryMet(Message):
    """Another entry is under the cursor of the side in use, or none."""

    standing: Standing | None


@dataclass
class FileViewsChanged(Message):
    """Both sides look like this from now on: keep it."""

    views: FileViews


class FileColumnsRequested(Message):
    """Choose the columns and the order."""


@dataclass
class PreviewRequested(Message):
    """Read the part of a file that begins at `start`, for the widget `asker`.

    `frame` is the room for a picture; `most` bytes are read of what is none. `politely`: nobody
    asked for it in so many words, so that no login may come of it.
    """

    asker: Widget
    end: str
    path: str
    start: int
    answer: Callable[[Preview | PodError], None]
    frame: Frame | None = None
    most: int = PART
    politely: bool = False


@dataclass
class FolderNamesRequested(Message):
    """What is in a folder, to complete a path that is being typed, for the widget `asker`."""

    asker: Widget
    end: str
    path: str
    answer: Callable[[tuple[Entry, ...]], None]


@dataclass
class TransferRequest(Message):
    """Something about one transfer, by its id."""

    transfer: str


class TransferCancellationRequested(TransferRequest):
    """Stop the transfer."""


class TransferPauseRequested(TransferRequest):
    """Stop the transfer until it is resumed."""


class TransferRetryRequested(TransferRequest):
    """Put the transfer back in the queue: go on where it stood."""


@dataclass
class TransferMoveRequested(TransferRequest):
    """Move the transfer up (negative) or down in the queue."""

    by: int


class TransferClearanceRequested(Message):
    """Forget the transfers that have ended."""
