"""The file of the history: SQLite with a rollback journal, as homes are on NFS."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import aiosqlite

from podtui.domain.history import PastJob, SeenState
from podtui.domain.job import Job, JobKey
from podtui.domain.staging import StagedJob
from podtui.domain.text import visible
from podtui.errors import FileTrouble
from podtui.paths import private_folder
from podtui.services.history_rows import Row, job_row, past_job, seen_state, stamp

MOST_JOBS = 20_000
"""Jobs kept; of more, those that were heard of longest ago go."""
MOST_FOUND = 500
"""Jobs that one search finds, unless more are asked for."""
_SAME = timedelta(minutes=1)  # between two tellings of one job's submission
_LOG = logging.getLogger("podtui.history")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS job (
    cluster TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, submitted TEXT NOT NULL,
    latest TEXT NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, facts TEXT NOT NULL,
    script_name TEXT NOT NULL, script BLOB, script_hash TEXT NOT NULL, paths TEXT NOT NULL,
    words TEXT NOT NULL, PRIMARY KEY (cluster, id)
) STRICT;
CREATE INDEX IF NOT EXISTS job_latest ON job (latest);
CREATE TABLE IF NOT EXISTS state (
    cluster TEXT NOT NULL, id TEXT NOT NULL, seen TEXT NOT NULL, state TEXT NOT NULL,
    native_state TEXT NOT NULL, PRIMARY KEY (cluster, id, seen)
) STRICT;
"""
_KEEP = """
INSERT INTO job (cluster, id, state, submitted, latest, first_seen, last_seen, facts,
                 script_name, script, script_hash, paths, words)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (cluster, id) DO UPDATE SET
    state = excluded.state, latest = excluded.latest, last_seen = excluded.last_seen,
    facts = excluded.facts,
    submitted = CASE excluded.submitted WHEN '' THEN submitted ELSE excluded.submitted END,
    script_name = CASE excluded.script_name WHEN '' THEN script_name ELSE excluded.script_name END,
    script_hash = CASE excluded.script_hash WHEN '' THEN script_hash ELSE excluded.script_hash END,
    paths = CASE excluded.script_name WHEN '' THEN paths ELSE excluded.paths END,
    words = CASE WHEN excluded.script IS NULL AND script IS NOT NULL
            THEN words || char(10) || excluded.state ELSE excluded.words END,
    script = coalesce(excluded.script, script)
"""
_SEEN = """
INSERT OR IGNORE INTO state (cluster, id, seen, state, native_state)
SELECT ?1, ?2, ?3, ?4, ?5 WHERE ?4 IS NOT
    (SELECT state FROM state WHERE cluster = ?1 AND id = ?2 ORDER BY seen DESC LIMIT 1)
"""
_PRUNE = """
DELETE FROM job WHERE rowid IN (
    SELECT rowid FROM job ORDER BY last_seen DESC LIMIT -1 OFFSET ?1
)
"""
_NAMESAKE = """
DELETE FROM job WHERE cluster = ? AND id = ? AND submitted != '' AND submitted < ?
"""
# NOT IN would look through all jobs for each state that has none: minutes for 50,000.
_ORPHANS = """
DELETE FROM state WHERE NOT EXISTS (
    SELECT 1 FROM job WHERE job.cluster = state.cluster AND job.id = state.id
)
"""


class HistoryFile:
    """All jobs remembered. Several processes may hold it open; one that cannot does without."""

    def __init__(self, file: Path, most: int = MOST_JOBS) -> None:
        self._file = file
        self._most = most
        self._db: aiosqlite.Connection | None = None

    async def __aenter__(self) -> Self:
        try:
            private_folder(self._file.parent)
            self._file.touch(mode=0o600)
            self._db = await aiosqlite.connect(self._file, timeout=5)
            self._db.row_factory = sqlite3.Row
            await self._db.executescript(_SCHEMA)
            await self._db.commit()
        except (OSError, sqlite3.DatabaseError) as error:  # another's file, or a full disk
            _LOG.error("the history %s cannot be used: %s", self._file, error)
            await self.__aexit__()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._db is not None:
            await self._db.close()
            self._db = None

    @property
    def usable(self) -> bool:
        """Whether it can be read and written."""
        return self._db is not None

    async def note(
        self, jobs: Sequence[Job], now: datetime, staged: Mapping[JobKey, StagedJob]
    ) -> bool:
        """Keep these jobs as they are at `now`; False when it could not be written."""
        db = self._db
        if db is None or not jobs:
            return db is not None
        rows, states, older = await asyncio.to_thread(_rows, jobs, now, staged)
        try:
            # Numbers begin again: another job of the same id takes the place of the old one.
            gone = (await db.executemany(_NAMESAKE, older)).rowcount
            if gone > 0:
                await db.execute(_ORPHANS)
            await db.executemany(_KEEP, rows)
            await db.executemany(_SEEN, states)
            if (await db.execute(_PRUNE, (self._most,))).rowcount > 0:
                await db.execute(_ORPHANS)
            await db.commit()
        except sqlite3.OperationalError as error:  # full, or another podtui writes for long
            _LOG.warning("the history %s was not written: %s", self._file, error)
            with suppress(sqlite3.Error):
                await db.rollback()
            return False
        return True

    async def get(self, key: JobKey) -> PastJob | None:
        """What is remembered of a job."""
        found = await self._select("WHERE cluster = ? AND id = ?", key, 1)
        return found[0] if found else None

    async def states(self, key: JobKey) -> tuple[SeenState, ...]:
        """The states a job was seen in, in order."""
        if self._db is None:
            return ()
        query = "SELECT seen, state, native_state FROM state WHERE cluster = ? AND id = ?"
        async with self._db.execute(f"{query} ORDER BY seen", key) as cursor:
            return tuple([seen_state(dict(row)) async for row in cursor])

    async def search(
        self, words: Sequence[str] = (), *, cluster: str = "", most: int = MOST_FOUND
    ) -> tuple[PastJob, ...]:
        """The jobs that have all of `words`, the latest first.

        Looked for in id, name, user, queue, cluster, state, machines, paths and the script.
        FileTrouble where there is no history to look in.
        """
        if self._db is None:
            raise FileTrouble(
                f"The history {visible(str(self._file))} cannot be read.",
                title="History",
                hint="Is the disk full, or the file from elsewhere? Move it away to begin anew.",
            )
        tests = ["instr(words, ?)"] * len(words)
        values = [word.casefold().encode("utf-8", "replace").decode() for word in words]
        if cluster:
            tests.append("cluster = ?")
            values.append(cluster)
        where = f"WHERE {' AND '.join(tests)}" if tests else ""
        return await self._select(where, values, most)

    async def _select(self, where: str, values: Sequence[str], most: int) -> tuple[PastJob, ...]:
        if self._db is None:
            return ()
        query = f"SELECT * FROM job {where} ORDER BY latest DESC, id DESC LIMIT {most:d}"  # noqa: S608
        async with self._db.execute(query, tuple(values)) as cursor:
            return tuple([past_job(dict(row)) async for row in cursor])


def _rows(
    jobs: Sequence[Job], now: datetime, staged: Mapping[JobKey, StagedJob]
) -> tuple[list[Row], list[Row], list[Row]]:
    """What goes into the two tables, and before when a job of the same id was another one."""
    return (
        [job_row(job, now, staged.get(job.key)) for job in jobs],
        [(*job.key, stamp(now), job.state.value, job.native_state) for job in jobs],
        [(*job.key, stamp(job.submitted - _SAME)) for job in jobs if job.submitted],
    )
