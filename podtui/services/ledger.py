"""The ledger of transfers on disk: the queue, how far each is, and whose a `.part` file is.

SQLite with a rollback journal, as the journal of staged jobs, and for the same reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from json import dumps, loads
from pathlib import Path
from typing import Any, Self

import aiosqlite

from podtui.domain.piece import Piece
from podtui.domain.transfer import (
    Conflict,
    Direction,
    Links,
    Rules,
    Transfer,
    TransferState,
    Transport,
)
from podtui.errors import ConfigError
from podtui.paths import private_folder
from podtui.services.journal import JournalUnwritable

_SCHEMA = """
CREATE TABLE IF NOT EXISTS transfer (
    id TEXT PRIMARY KEY, place INT NOT NULL, facts TEXT NOT NULL, mark TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS part (
    place TEXT PRIMARY KEY, size INT NOT NULL, modified REAL, source TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS piece (
    place TEXT NOT NULL, first INT NOT NULL, behind INT NOT NULL, hash TEXT NOT NULL,
    state TEXT NOT NULL, PRIMARY KEY (place, first)
) STRICT;
"""
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a folder has come: all up to `after`, in the walk's order, is at its place.

    `trail` is the hash of what the walk told up to there: another one means a changed source.
    `fresh`: the target was not there at the start, so all is put together beside it first; `whole`:
    all is, and only the name is missing. `scratch`: the id in the names of its scratch folders,
    empty before the first try. `gaps`: some up to `after` failed, and are to be tried again.
    `singly`: small files go one by one, since a try for which there were no bundles left each a
    `.part` that a bundle would never come back to.
    """

    after: str = ""
    files: int = 0
    bytes: int = 0
    fresh: bool = False
    target: str = ""
    trail: str = ""
    whole: bool = False
    scratch: str = ""
    gaps: bool = False
    singly: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What a `.part` file was begun from."""

    path: str
    size: int
    modified: float | None


class Ledger:
    """What must survive a crash of transfers. Several processes may hold it open at once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._db: aiosqlite.Connection | None = None

    async def __aenter__(self) -> Self:
        private_folder(self._file.parent)
        self._file.touch(mode=0o600)
        self._db = await aiosqlite.connect(self._file, timeout=30)
        try:
            async with self._db.execute("PRAGMA user_version") as cursor:
                row = await cursor.fetchone()
            if not row or row[0] <= _VERSION:
                await self._db.executescript(_SCHEMA)
                if not row or row[0] < _VERSION:  # else nothing is written, no disk waited for
                    await self._db.execute(f"PRAGMA user_version = {_VERSION}")
                await self._db.commit()
                return self
            reason = "it was written by a newer podtui"
        except aiosqlite.DatabaseError as error:
            reason = str(error)
        await self._db.close()
        raise ConfigError(
            f"The ledger of transfers {self._file} cannot be used: {reason}.",
            title="Ledger",
            hint="Is the disk full, or the file from elsewhere? Move it away to begin anew.",
        )

    async def __aexit__(self, *_: object) -> None:
        if self._db:
            await self._db.close()
            self._db = None

    async def transfers(self) -> tuple[tuple[Transfer, Mark], ...]:
        """All, in the order of the queue."""
        query = "SELECT facts, mark FROM transfer ORDER BY place, rowid"
        async with self._open.execute(query) as cursor:
            return tuple([(_transfer(facts), Mark(**loads(mark))) async for facts, mark in cursor])

    async def mark(self, transfer_id: str) -> Mark:
        """How far one has come."""
        query = "SELECT mark FROM transfer WHERE id = ?"
        async with self._open.execute(query, (transfer_id,)) as cursor:
            row = await cursor.fetchone()
        return Mark(**loads(row[0])) if row else Mark()

    async def keep(self, transfer: Transfer, mark: Mark | None = None) -> None:
        """Write a transfer down, with how far it has come if that is given."""
        await self._change(
            "INSERT INTO transfer VALUES (?1, COALESCE((SELECT MAX(place) + 1 FROM transfer), 0),"
            " ?2, COALESCE(?3, ?4)) ON CONFLICT (id) DO UPDATE"
            " SET facts = ?2, mark = COALESCE(?3, mark)",
            (
                transfer.id,
                dumps(_facts(transfer)),
                dumps(asdict(mark)) if mark else None,
                dumps(asdict(Mark())),
            ),
        )

    async def order(self, ids: Sequence[str]) -> None:
        """Put the queue into this order."""
        for place, transfer_id in enumerate(ids):
            await self._change(
                "UPDATE transfer SET place = ? WHERE id = ?", (place, transfer_id), commit=False
            )
        await self._change("SELECT 1", ())

    async def forget_job(self, token: str) -> None:
        """Take out all transfers of a staged job."""
        await self._change("DELETE FROM transfer WHERE json_extract(facts, '$.job') = ?", (token,))

    async def forget(self, transfer_id: str) -> None:
        """Take a transfer out."""
        await self._change("DELETE FROM transfer WHERE id = ?", (transfer_id,))

    async def part(self, place: str) -> Source | None:
        """What the `.part` at `place` was begun from."""
        query = "SELECT source, size, modified FROM part WHERE place = ?"
        async with self._open.execute(query, (dumps(place),)) as cursor:
            row = await cursor.fetchone()
        return Source(loads(row[0]), *row[1:]) if row else None

    async def begin_part(self, place: str, source: Source) -> None:
        """Write down what a `.part` is about to be filled from."""
        await self._forget_pieces(place)
        await self._change(
            "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)",
            (dumps(place), source.size, source.modified, dumps(source.path)),  # of any bytes
        )

    async def end_part(self, place: str) -> None:
        """Forget a `.part` that has got its name, or was given up."""
        await self._forget_pieces(place)
        await self._change("DELETE FROM part WHERE place = ?", (dumps(place),))

    async def pieces(self, place: str, state: str) -> tuple[Piece, ...]:
        """What is known of the source of the `.part` at `place`, if it still is in this state."""
        query = "SELECT first, behind, hash FROM piece WHERE place = ? AND state = ? ORDER BY first"
        async with self._open.execute(query, (dumps(place), state)) as cursor:
            return tuple([Piece(*row) async for row in cursor])

    async def keep_piece(self, place: str, state: str, piece: Piece) -> None:
        """Write down the hash of a piece of the source of the `.part` at `place`."""
        await self._change(
            "INSERT OR REPLACE INTO piece VALUES (?, ?, ?, ?, ?)",
            (dumps(place), piece.start, piece.end, piece.hash, state),
        )

    async def _forget_pieces(self, place: str) -> None:
        """Together with the change that follows."""
        await self._change("DELETE FROM piece WHERE place = ?", (dumps(place),), commit=False)

    @property
    def _open(self) -> aiosqlite.Connection:
        assert self._db is not None, "the ledger is not open"
        return self._db

    async def _change(
        self, statement: str, values: tuple[object, ...], *, commit: bool = True
    ) -> None:
        try:
            await self._open.execute(statement, values)
            if commit:
                await self._open.commit()
        except aiosqlite.OperationalError as error:
            with suppress(aiosqlite.Error):
                await self._open.rollback()
            raise JournalUnwritable(f"{self._file} cannot be written: {error}.") from None


_PASSING = ("rate", "seconds_left", "current", "note")


def _facts(transfer: Transfer) -> dict[str, Any]:
    facts = {
        field.name: getattr(transfer, field.name)
        for field in fields(transfer)
        if field.name not in _PASSING
    }
    rules = transfer.rules
    return facts | {
        "direction": transfer.direction.value,
        "state": transfer.state.value,
        "rules": [rules.conflict.value, rules.links.value, rules.transport.value, rules.keep],
    }


def _transfer(text: str) -> Transfer:
    facts = loads(text)
    known = {field.name for field in fields(Transfer)}
    conflict, links, transport, keep = facts.pop("rules")
    direction, state = Direction(facts.pop("direction")), TransferState(facts.pop("state"))
    made = Transfer(direction=direction, **{k: v for k, v in facts.items() if k in known})
    rules = Rules(Conflict(conflict), Links(links), Transport(transport), keep)
    return replace(made, state=state, rules=rules)
