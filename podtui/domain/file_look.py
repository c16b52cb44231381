"""How a folder is shown: its columns, its order, what is left out. Arithmetic alone."""

from __future__ import annotations

import fnmatch
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from podtui.domain.entry import Entry, EntryKind

_NEVER = datetime.min.replace(tzinfo=UTC)


def kind(entry: Entry) -> str:
    """`folder`, `link`, the ending of a file's name, or `file` where it has none."""
    if entry.kind is EntryKind.FILE:
        stem, dot, ending = entry.name.rpartition(".")
        return ending.lower() if stem and dot and ending else "file"
    return str(entry.kind.value)


def _modified(entry: Entry) -> datetime:
    return entry.modified or _NEVER


@dataclass(frozen=True, slots=True)
class FileField:
    """One thing an entry can show, and be sorted by."""

    name: str
    label: str
    tells: str
    order: Callable[[Entry], Any]


FILE_FIELDS = (
    FileField("name", "Name", "What it is called", lambda e: (e.name.casefold(), e.name)),
    FileField("size", "Size", "Bytes of a file", lambda e: e.size),
    FileField("modified", "Modified", "When it was last written", _modified),
    FileField("mode", "Rights", "Who may read, write, run it", lambda e: e.mode),
    FileField("kind", "Kind", "File, folder, link, or the ending of its name", kind),
)
"""Everything there is; a name is always shown."""

FILE_FIELD = {field.name: field for field in FILE_FIELDS}


@dataclass(frozen=True, slots=True)
class FileLook:
    """Both sides look alike. `columns` begins with the name; folders stand before files always."""

    columns: tuple[str, ...] = ("name", "size", "modified")
    sort: str = "name"
    descending: bool = False
    hidden: bool = False

    def sorted_by(self, field: str) -> FileLook:
        """Sorted by a field; the same once more turns the order."""
        if field == self.sort:
            return replace(self, descending=not self.descending)
        return replace(self, sort=field, descending=field in ("size", "modified"))

    def turned(self, field: str) -> FileLook:
        """With the column shown or no longer shown; the name stays."""
        if field == "name":
            return self
        if field in self.columns:
            return replace(self, columns=tuple(one for one in self.columns if one != field))
        chosen = {*self.columns, field}
        return replace(self, columns=tuple(f.name for f in FILE_FIELDS if f.name in chosen))


def arranged(entries: tuple[Entry, ...], look: FileLook, words: str = "") -> tuple[Entry, ...]:
    """What is shown of `entries`, in order; `words` are looked for in names, `*` and `?` match."""
    found = [e for e in entries if look.hidden or not e.name.startswith(".")]
    if words:
        pattern = words.casefold()
        if any(char in pattern for char in "*?["):
            found = [e for e in found if fnmatch.fnmatchcase(e.name.casefold(), pattern)]
        else:
            found = [e for e in found if pattern in e.name.casefold()]
    folders = _ordered([e for e in found if e.is_folder], look)
    return (*folders, *_ordered([e for e in found if not e.is_folder], look))


def _ordered(entries: list[Entry], look: FileLook) -> list[Entry]:
    """By name, then by what is asked for: what is alike there stands by name."""
    entries.sort(key=FILE_FIELD["name"].order)
    if look.sort != "name" or look.descending:
        entries.sort(key=FILE_FIELD[look.sort].order, reverse=look.descending)
    return entries


def rights(entry: Entry) -> str:
    """As `ls -l` writes them: `drwxr-x---`; empty where none were told."""
    bits = {EntryKind.FOLDER: stat.S_IFDIR, EntryKind.LINK: stat.S_IFLNK}
    return stat.filemode(entry.mode | bits.get(entry.kind, stat.S_IFREG)) if entry.mode else ""


def file_look_data(look: FileLook) -> dict[str, object]:
    """The look as it is kept."""
    return {
        "columns": list(look.columns),
        "sort": look.sort,
        "descending": look.descending,
        "hidden": look.hidden,
    }


def file_look_from(data: object) -> FileLook:
    """A look that was kept; what cannot be read of it is as at first."""
    first = FileLook()
    if not isinstance(data, Mapping):
        return first
    kept, sort = data.get("columns"), data.get("sort")
    names = set(_texts(kept) or first.columns)
    return FileLook(
        tuple(f.name for f in FILE_FIELDS if f.name in {*names, "name"}),
        sort if isinstance(sort, str) and sort in FILE_FIELD else first.sort,
        data.get("descending") is True,
        data.get("hidden") is True,
    )


def _texts(kept: object) -> tuple[str, ...]:
    return tuple(one for one in kept if isinstance(one, str)) if isinstance(kept, list) else ()
