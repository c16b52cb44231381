"""The journal: staged jobs on disk, written before each step is begun.

SQLite with a rollback journal, because homes are on NFS and WAL needs shared memory.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from json import dumps, loads
from pathlib import Path
from typing import Any, Self

import aiosqlite

from podtui.domain.job import JobState, ScriptDialect
from podtui.domain.staging import StagedJob, StagedPhase, StagePair
from podtui.errors import ConfigError, NoSpace
from podtui.paths import private_folder

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS staged_job (
    token   TEXT PRIMARY KEY,
    cluster TEXT NOT NULL,
    job_id  TEXT NOT NULL,
    phase   TEXT NOT NULL,
    created TEXT NOT NULL,
    facts   TEXT NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS staged_job_phase ON staged_job (phase);
"""
_ENDED = ", ".join(f"'{phase.value}'" for phase in StagedPhase if phase.ended)
_UPSERT = f"""
INSERT INTO staged_job (token, cluster, job_id, phase, created, facts, content)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (token) DO UPDATE
SET job_id = excluded.job_id, phase = excluded.phase, facts = excluded.facts
WHERE ?8 OR phase NOT IN ({_ENDED})
"""  # noqa: S608 - the words are our own
_ENUMS: dict[str, type[Enum]] = {
    "dialect": ScriptDialect,
    "phase": StagedPhase,
    "failed_in": StagedPhase,
    "job_state": JobState,
}


class JournalUnwritable(NoSpace):
    """The journal cannot be written now; what is already in it still holds."""

    hint = "Free some space: podtui begins nothing that it cannot write down, and goes on then."


class Journal:
    """All staged jobs of one user. Several processes may hold it open at once."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._db: aiosqlite.Connection | None = None
        self._version = -1

    async def __aenter__(self) -> Self:
        private_folder(self._file.parent)
        self._file.touch(mode=0o600)
        self._db = await aiosqlite.connect(self._file, timeout=30)
        try:
            await self._prepare()
        except aiosqlite.DatabaseError as error:
            await self._db.close()
            raise ConfigError(
                f"The journal {self._file} cannot be used: {error}.",
                title="Journal",
                hint="Is the disk full, or the file from elsewhere? Move it away to begin anew.",
            ) from None
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._db:
            await self._db.close()
            self._db = None

    async def _prepare(self) -> None:
        db = self._open_db
        await db.execute("PRAGMA synchronous = FULL")
        async with db.execute("PRAGMA user_version") as cursor:
            row = await cursor.fetchone()
        if row and row[0] > _SCHEMA_VERSION:
            await db.close()
            raise ConfigError(
                f"The journal {self._file} was written by a newer podtui.",
                title="Journal",
                hint="Update podtui.",
            )
        await db.executescript(_SCHEMA)
        if not row or row[0] < _SCHEMA_VERSION:  # else nothing is written, and no disk waited for
            await db.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        await db.commit()

    @property
    def _open_db(self) -> aiosqlite.Connection:
        assert self._db is not None, "the journal is not open"
        return self._db

    async def save(self, job: StagedJob, *, revive: bool = False) -> bool:
        """Write the job as it stands now; on return it is on disk.

        JournalUnwritable on a full disk. False, and nothing written, where the row has ended
        already (a person cancelled the job in another podtui) and `revive` was not asked for.
        """
        values = (
            job.token,
            job.cluster,
            job.job_id,
            job.phase.value,
            job.created.isoformat(),
            dumps(_facts(job)),
            job.content,
            revive,
        )
        return await self._change(_UPSERT, values) > 0

    async def _change(self, statement: str, values: tuple[object, ...]) -> int:
        """The rows changed, on disk when this returns; else JournalUnwritable and none changed."""
        db = self._open_db
        try:
            cursor = await db.execute(statement, values)
            await db.commit()
        except aiosqlite.OperationalError as error:
            with suppress(aiosqlite.Error):
                await db.rollback()
            raise JournalUnwritable(f"{self._file} cannot be written: {error}.") from None
        return cursor.rowcount

    async def changed(self) -> bool:
        """Whether another process has written since this was last asked; True at first."""
        async with self._open_db.execute("PRAGMA data_version") as cursor:
            row = await cursor.fetchone()
        before, self._version = self._version, row[0] if row else 0
        return before != self._version

    async def get(self, token: str) -> StagedJob | None:
        """The job with this token."""
        found = await self._select("WHERE token = ?", (token,))
        return found[0] if found else None

    async def by_job(self, cluster: str, job_id: str) -> StagedJob | None:
        """The staged job that became this job."""
        found = await self._select("WHERE cluster = ? AND job_id = ?", (cluster, job_id))
        return found[0] if found else None

    async def unfinished(self) -> tuple[StagedJob, ...]:
        """All jobs for which something is still to be done, oldest first."""
        return await self._select(f"WHERE phase NOT IN ({_ENDED})", ())

    async def all(self) -> tuple[StagedJob, ...]:
        """Everything, oldest first."""
        return await self._select("", ())

    async def forget(self, token: str) -> None:
        """Take a job out of the journal."""
        await self._change("DELETE FROM staged_job WHERE token = ?", (token,))

    async def _select(self, where: str, values: tuple[str, ...]) -> tuple[StagedJob, ...]:
        query = f"SELECT facts, content FROM staged_job {where} ORDER BY created, token"  # noqa: S608
        async with self._open_db.execute(query, values) as cursor:
            return tuple([_job(facts, content) async for facts, content in cursor])


def _facts(job: StagedJob) -> dict[str, Any]:
    return {f.name: _plain(getattr(job, f.name)) for f in fields(job) if f.name != "content"}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [[pair.local, pair.remote, pair.target] for pair in value]
    return value


def _job(facts: str, content: bytes) -> StagedJob:
    values = loads(facts)
    for name, kind in _ENUMS.items():
        if values.get(name) is not None:
            values[name] = kind(values[name])
    for name in ("stage_in", "stage_out"):
        values[name] = tuple(StagePair(*pair) for pair in values[name])
    values["created"] = datetime.fromisoformat(values["created"])
    known = {f.name for f in fields(StagedJob)}
    return StagedJob(content=content, **{k: v for k, v in values.items() if k in known})
