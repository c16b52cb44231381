"""What a server says about names, turned into entries that are safe to hold."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podtui.domain.entry import Entry, EntryKind, safe_name
from podtui.domain.text import from_bytes, visible
from podtui.errors import Refused

if TYPE_CHECKING:
    import asyncssh

_KINDS = {
    stat.S_IFREG: EntryKind.FILE,
    stat.S_IFDIR: EntryKind.FOLDER,
    stat.S_IFLNK: EntryKind.LINK,
}
# SSH_FILEXFER_TYPE_* of draft-ietf-secsh-filexfer-13, section 7.2, for servers without permissions
_TYPES = {1: EntryKind.FILE, 2: EntryKind.FOLDER, 3: EntryKind.LINK}


def kind_of(attrs: asyncssh.SFTPAttrs) -> EntryKind:
    """File, folder, link or other."""
    if attrs.permissions is not None and stat.S_IFMT(attrs.permissions):
        return _KINDS.get(stat.S_IFMT(attrs.permissions), EntryKind.OTHER)
    return _TYPES.get(attrs.type, EntryKind.OTHER)


def entry(name: str, attrs: asyncssh.SFTPAttrs, target: EntryKind | None = None) -> Entry:
    """The entry `name` with what `attrs` tell."""
    return Entry(
        name=name,
        kind=kind_of(attrs),
        size=attrs.size or 0,
        modified=_time(attrs.mtime),
        mode=stat.S_IMODE(attrs.permissions or 0),
        target_kind=target,
    )


def listed_entry(name: bytes, size: int, permissions: int, changed: int | None) -> Entry:
    """The entry a folder's listing offers.

    A name that leaves its folder is shown as an entry of kind OTHER under a name that says so. That
    name has no slash, so whatever is tried with it stays in the folder and finds nothing.
    """
    text = from_bytes(name)
    try:
        safe_name(text)
    except Refused:
        shown = visible(text, 80).replace("/", "∕") or "(empty)"
        return Entry(f"unsafe name refused: {shown}", EntryKind.OTHER, unsafe=True)
    kind = _KINDS.get(stat.S_IFMT(permissions), EntryKind.OTHER)
    return Entry(text, kind, size, _time(changed), stat.S_IMODE(permissions))


def _time(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
