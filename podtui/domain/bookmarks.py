"""Folders worth coming back to, each on one end: this machine, or a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from podtui.domain.file_look import FileLook

MOST_BOOKMARKS = 100  # on one end


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A folder; `end` is a cluster's name, empty for this machine. `path` is absolute."""

    end: str
    path: str


@dataclass(frozen=True, slots=True)
class FileViews:
    """What the Files pane keeps from one start to the next."""

    look: FileLook = field(default_factory=FileLook)
    bookmarks: tuple[Bookmark, ...] = ()

    def of(self, end: str) -> tuple[Bookmark, ...]:
        """The bookmarks of one end, in the order in which they were made."""
        return tuple(one for one in self.bookmarks if one.end == end)

    def marked(self, mark: Bookmark) -> FileViews:
        """With this bookmark; the oldest of its end goes where there are too many."""
        others = [one for one in self.bookmarks if one != mark]
        same = [one for one in others if one.end == mark.end]
        if len(same) >= MOST_BOOKMARKS:
            others.remove(same[0])
        return replace(self, bookmarks=(*others, mark))

    def dropped(self, mark: Bookmark) -> FileViews:
        """Without this bookmark."""
        return replace(self, bookmarks=tuple(one for one in self.bookmarks if one != mark))
