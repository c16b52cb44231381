"""What one side of the Files pane shows, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from podtui.domain.entry import Entry, Space
from podtui.domain.text import visible


class Side(Enum):
    """Which of the two lists of the Files pane."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The one beside it."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


@dataclass(frozen=True, slots=True)
class Standing:
    """The entry under the cursor: at which end, its whole path, what it is."""

    end: str
    path: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Folder:
    """What one side shows. `path` is absolute, empty before the first answer.

    `end` is the cluster it lies on, empty for this machine.
    `home` is the home folder on that side. `wanted` is the path being read, empty when nothing is.
    `cursor` is the name to stand on.
    `title`, `error` and `hint` tell why there is nothing to show. `read` is when the entries were
    told; `stale` tells why they could not be read anew since.
    """

    path: str = ""
    entries: tuple[Entry, ...] = ()
    space: Space | None = None
    home: str = ""
    wanted: str = ""
    cursor: str = ""
    title: str = ""
    error: str = ""
    hint: str = ""
    end: str = ""
    read: datetime | None = None
    stale: str = ""

    @property
    def where(self) -> str:
        """The end, as part of a sentence."""
        return f"on {visible(self.end, 40)}" if self.end else "on this machine"

    def inside(self, name: str) -> str:
        """The path of `name` in this folder."""
        return f"{self.path.rstrip('/')}/{name}"

    @property
    def parent(self) -> str:
        """The folder above."""
        return self.path.rstrip("/").rpartition("/")[0] or "/"

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def title_path(self) -> str:
        """The path as a person says it: `~` for the home; the one being read where there is one."""
        path, home = self.wanted or self.path, self.home.rstrip("/")
        inside = bool(home) and (path == home or path.startswith(f"{home}/"))
        return f"~{path[len(home) :]}" if inside else path

    @property
    def problem(self) -> str:
        """What to show in place of the list, empty when there is a list."""
        return "\n\n".join(part for part in (self.title, self.error, self.hint) if part)
