"""Files and folders, near or far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from podtui.domain.text import visible
from podtui.errors import InputError, Refused


class EntryKind(Enum):
    """What stands under a name."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder; size in bytes, time aware UTC. `name` may hold any bytes (surrogates).

    A link's `target_kind` is what it points at, None when it points nowhere. `unsafe` marks a name
    that would have left its folder: what is shown in its place is no name of a file.
    """

    name: str
    kind: EntryKind
    size: int = 0
    modified: datetime | None = None
    mode: int = 0
    target_kind: EntryKind | None = None
    unsafe: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether one can go into it."""
        return EntryKind.FOLDER in (self.kind, self.target_kind)


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes free to this user and bytes in all."""

    free: int
    total: int


def from_home(path: str) -> str:
    """A path with `~` as one relative to the home, any other as it is; InputError for `~other`."""
    if not path.startswith("~"):
        return path
    if path[1:2] not in ("", "/"):
        raise InputError(
            f"{visible(path, 80)}: only your own home can be written as ~.",
            hint="Write the whole path of another person's home.",
        )
    return path[1:].lstrip("/")


def safe_name(name: str) -> str:
    """`name` if it can only mean an entry of its own folder; else Refused.

    A server chooses the names it lists: `../x` or `/etc/x` would write outside the target.
    """
    if name in ("", ".", "..") or "/" in name or "\x00" in name:
        raise unsafe_name(name)
    try:
        name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # JSON may hold halves of characters: no file is called so
        raise unsafe_name(name) from None
    return name


def unsafe_name(name: str) -> Refused:
    """The refusal of a name that leaves its folder."""
    return Refused(
        f"The server offered {visible(name, 80)!r} as a file name.",
        title="Unsafe name",
        hint="Nothing was written. A name that leaves its folder is never followed.",
    )
