"""What the Files pane keeps: columns, order, and bookmarks of each end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from podtui.domain.bookmarks import Bookmark, FileViews
from podtui.domain.file_look import file_look_data, file_look_from
from podtui.domain.text import from_bytes, to_bytes
from podtui.services.kept_json import KeptJson


class BookmarkStore:
    """Reads and writes the file; both block and raise as KeptJson's."""

    def __init__(self, path: Path) -> None:
        self._file = KeptJson(path, "bookmarks")

    def load(self) -> FileViews:
        """What was kept."""
        data = self._file.load()
        if data is None:
            return FileViews()
        return FileViews(file_look_from(data.get("look")), _bookmarks(data.get("bookmarks")))

    def save(self, views: FileViews) -> None:
        """Keep them."""
        marks = [{"end": mark.end, "path": _kept(mark.path)} for mark in views.bookmarks]
        self._file.save({"look": file_look_data(views.look), "bookmarks": marks})


def _bookmarks(data: object) -> tuple[Bookmark, ...]:
    found = []
    for one in data if isinstance(data, list) else []:
        end, path = (one.get("end"), one.get("path")) if isinstance(one, Mapping) else (None, None)
        if isinstance(end, str) and isinstance(path, str) and path.startswith("/"):
            found.append(Bookmark(end, from_bytes(path.encode("latin-1", "replace"))))
    return tuple(dict.fromkeys(found))


def _kept(path: str) -> str:
    """A path of any bytes as text that JSON takes: a character for each byte."""
    return to_bytes(path).decode("latin-1")
