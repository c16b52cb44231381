"""`podtui ls`, `put`, `get`: the cluster's files."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING

from podtui.cli.call import Answer, Call
from podtui.cli.facts import entry_facts
from podtui.cli.moving import between, move_all, rules_of, to_carry
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.staging import StagePair
from podtui.domain.text import visible
from podtui.domain.transfer import Conflict, Direction
from podtui.errors import NotFound

if TYPE_CHECKING:
    from podtui.services.file_session import FileSession

_LETTERS = {
    EntryKind.FILE: stat.S_IFREG,
    EntryKind.FOLDER: stat.S_IFDIR,
    EntryKind.LINK: stat.S_IFLNK,
    EntryKind.OTHER: 0,
}


async def list_folder(call: Call, session: FileSession) -> Answer:
    """The folder's entries; a file is listed alone."""
    path = call.args.path
    resolved = await session.files.resolve(call.cluster, path)
    entry = await session.files.stat(call.cluster, resolved)
    if entry is None:
        raise NotFound(f"There is no {path!r} on {call.cluster}.", title="File not found")
    entries: tuple[Entry, ...] = (entry,)
    if entry.is_folder:
        entries = await session.files.folder(call.cluster, resolved)
    width = max((len(str(one.size)) for one in entries), default=0)
    return Answer(
        {"path": resolved, "entries": [entry_facts(one) for one in entries]},
        tuple(_line(one, width) for one in entries),
    )


async def put(call: Call, session: FileSession) -> Answer:
    """Send all; several go into a folder."""
    target = _folder_for(call.args.sources, call.args.target)
    pairs = [StagePair(source, target) for source in call.args.sources]
    rules = rules_of(call)
    wanted = to_carry(session, call.cluster, Direction.UPLOAD, pairs, rules)
    return await move_all(call, session, wanted)


async def get(call: Call, session: FileSession) -> Answer:
    """Fetch all; several go into a folder."""
    sources = [
        path
        for pattern in call.args.sources
        for path in await session.transfers.expand(call.cluster, pattern)
    ]
    target = _folder_for(sources, call.args.target)
    pairs = [StagePair(target, source) for source in sources]
    rules = rules_of(call)
    wanted = to_carry(session, call.cluster, Direction.DOWNLOAD, pairs, rules)
    return await move_all(call, session, wanted)


async def copy(call: Call, session: FileSession) -> Answer:
    """Copy from one end to the other, as cp does."""
    return await move_all(call, session, [between(call, session, rules_of(call))])


async def sync(call: Call, session: FileSession) -> Answer:
    """Send what differs from a folder into another."""
    conflict = Conflict.DIFFERS if call.args.checksum else Conflict.CHANGED
    rules = replace(rules_of(call), conflict=conflict)
    return await move_all(call, session, [between(call, session, rules, exact=True)])


def _folder_for(sources: list[str], target: str) -> str:
    several = len(sources) > 1 and not target.endswith("/")
    return f"{target}/" if several else target


def _line(entry: Entry, width: int) -> str:
    mode = stat.filemode(_LETTERS[entry.kind] | entry.mode)
    time = f"{entry.modified:%Y-%m-%d %H:%M}" if entry.modified else " " * 16
    mark = "/" if entry.is_folder else ""
    return f"{mode} {entry.size:>{width}} {time} {visible(entry.name)}{mark}"
