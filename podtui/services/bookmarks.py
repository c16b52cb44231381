"""What the Files pane keeps, in a small file: columns, order, and bookmarks of each end.

JSON, because nobody edits it by hand: what one sets oneself is in the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from podtui.domain.bookmarks import Bookmark, FileViews
from podtui.domain.file_look import file_look_data, file_look_from
from podtui.domain.text import from_bytes, to_bytes, visible
from podtui.errors import FileTrouble
from podtui.paths import write_private

_LARGEST = 1 << 20  # bytes: anything larger was not written by us


class BookmarkStore:
    """Reads and writes the file; both block: call them in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> FileViews:
        """What was kept; FileTrouble where it cannot be read. What is not ours is moved away."""
        try:
            if self._path.stat().st_size > _LARGEST:
                return self._set_aside("it is too large")
            data = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return FileViews()
        except OSError as error:
            raise FileTrouble(f"{visible(str(self._path))}: {error.strerror}.") from None
        except (ValueError, RecursionError):
            return self._set_aside("it is no JSON")
        if not isinstance(data, Mapping):
            return self._set_aside("it is not what podtui writes")
        return FileViews(file_look_from(data.get("look")), _bookmarks(data.get("bookmarks")))

    def save(self, views: FileViews) -> None:
        """Write them, whole or not at all, readable by nobody else."""
        marks = [{"end": mark.end, "path": _kept(mark.path)} for mark in views.bookmarks]
        data = {"look": file_look_data(views.look), "bookmarks": marks}
        try:
            write_private(self._path, json.dumps(data, indent=1) + "\n")
        except OSError as error:
            raise FileTrouble(
                f"The bookmarks were not kept: {visible(str(self._path))}: {error.strerror}."
            ) from None

    def _set_aside(self, why: str) -> FileViews:
        aside = self._path.with_suffix(".unread")
        try:
            self._path.replace(aside)
        except OSError as error:
            raise FileTrouble(f"{visible(str(self._path))}: {error.strerror}.") from None
        raise FileTrouble(
            f"The kept bookmarks could not be read: {why}.",
            title="Bookmarks",
            hint=f"They begin anew; the old file is {visible(str(aside))}.",
        )


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
