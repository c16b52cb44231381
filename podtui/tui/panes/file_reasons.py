"""Why a key of the Files pane does nothing just now."""

from __future__ import annotations

from podtui.domain.entry import Entry
from podtui.tui.folder import Folder
from podtui.tui.widgets.file_list import PARENT

_NEED_FOLDER = ("make_folder", "remove", "rename", "view", "edit", "stage", "bookmark", "copy_path")
_NEED_FILE = ("view", "edit")
ON_FILES = (*_NEED_FOLDER, "copy", "open", "filter", "end", "go_to", "bookmarks", "step")
"""What is done to entries: out of reach among the transfers."""


def why_not(action: str, side: Folder, other: Folder, entry: Entry | None) -> str:
    """The reason, empty when it can be done."""
    if action == "copy":
        return _why_no_copy(side, other)
    if action in _NEED_FOLDER and not side.path:
        return side.error or "This side has not answered yet."
    if action in (*_NEED_FILE, "rename"):
        return _why_not_this(entry, file=action in _NEED_FILE)
    return ""


def _why_no_copy(side: Folder, other: Folder) -> str:
    if not (side.path and other.path):
        return other.error or side.error or "The other side has not answered yet."
    if not (side.end or other.end):
        return "Both sides are this machine. Press p to have a cluster on one of them."
    return ""


def _why_not_this(entry: Entry | None, *, file: bool) -> str:
    if entry is None or entry.name == PARENT:
        return "Stand on an entry."
    if entry.unsafe:
        return "That name would lead out of its folder: it is left alone."
    return "That is a folder." if file and entry.is_folder else ""
