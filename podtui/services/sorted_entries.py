"""A folder's entries in order, however many: in memory up to a limit, beyond it on disk."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import closing
from datetime import UTC, datetime

from podtui.domain.entry import Entry, EntryKind

IN_MEMORY = 20_000
"""Entries kept in memory; about 10 MB."""
_AT_ONCE = 1_000  # entries without letting others run
_Row = tuple[bytes, str, int, float | None, int, str | None, int]
_TABLE = """
CREATE TABLE entry (
    name BLOB, kind TEXT, size INT, modified REAL, mode INT, target TEXT, unsafe INT
)
"""
_SORTED = "SELECT * FROM entry ORDER BY name, rowid"  # by merging runs: no index to keep in memory


async def in_order(entries: AsyncIterator[Entry]) -> AsyncGenerator[Entry, None]:
    """The entries by the bytes of their names, each name once.

    A server that offers a name as a link and again as a folder must not have us write behind it.
    """
    first: list[Entry] = []
    async for entry in entries:
        first.append(entry)
        if len(first) > IN_MEMORY:
            break
    if len(first) <= IN_MEMORY:
        once = {entry.name: entry for entry in first}
        ordered = sorted(once.values(), key=lambda one: os.fsencode(one.name))
        for number, entry in enumerate(ordered, 1):
            yield entry
            if not number % _AT_ONCE:
                await asyncio.sleep(0)
        return
    with closing(sqlite3.connect("", check_same_thread=False)) as disk:  # a file nobody else sees
        await asyncio.to_thread(disk.execute, _TABLE)
        await _keep(disk, first)
        batch: list[Entry] = []
        async for entry in entries:
            batch.append(entry)
            if len(batch) >= _AT_ONCE:
                await _keep(disk, batch)
                batch = []
        await _keep(disk, batch)
        first.clear()
        rows = await asyncio.to_thread(disk.execute, _SORTED)
        last: _Row | None = None
        while found := await asyncio.to_thread(rows.fetchmany, _AT_ONCE):
            for row in found:
                if last is not None and last[0] != row[0]:
                    yield _entry(last)
                last = row
        if last is not None:
            yield _entry(last)


async def _keep(disk: sqlite3.Connection, entries: list[Entry]) -> None:
    def act() -> None:
        rows = map(_row, entries)
        disk.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    await asyncio.to_thread(act)


def _row(entry: Entry) -> _Row:
    return (
        os.fsencode(entry.name),
        entry.kind.value,
        entry.size,
        entry.modified.timestamp() if entry.modified else None,
        entry.mode,
        entry.target_kind.value if entry.target_kind else None,
        entry.unsafe,
    )


def _entry(row: _Row) -> Entry:
    name, kind, size, modified, mode, target, unsafe = row
    return Entry(
        os.fsdecode(name),
        EntryKind(kind),
        size,
        datetime.fromtimestamp(modified, UTC) if modified is not None else None,
        mode,
        EntryKind(target) if target else None,
        bool(unsafe),
    )
