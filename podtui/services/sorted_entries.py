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
_AT_ONCE = 5_000
_TABLE = """
CREATE TABLE entry (
    name BLOB PRIMARY KEY, kind TEXT, size INT, modified REAL, mode INT, target TEXT, unsafe INT
) WITHOUT ROWID
"""


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
        for entry in sorted(once.values(), key=lambda one: os.fsencode(one.name)):
            yield entry
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
        rows = disk.execute("SELECT * FROM entry ORDER BY name")
        while found := await asyncio.to_thread(rows.fetchmany, _AT_ONCE):
            for row in found:
                yield _entry(row)


async def _keep(disk: sqlite3.Connection, entries: list[Entry]) -> None:
    rows = [_row(entry) for entry in entries]
    await asyncio.to_thread(
        disk.executemany, "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)", rows
    )


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        os.fsencode(entry.name),
        entry.kind.value,
        entry.size,
        entry.modified.timestamp() if entry.modified else None,
        entry.mode,
        entry.target_kind.value if entry.target_kind else None,
        entry.unsafe,
    )


def _entry(row: tuple[bytes, str, int, float | None, int, str | None, int]) -> Entry:
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
