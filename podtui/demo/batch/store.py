"""What the engine must not forget: submissions, jobs and the next id, in one SQLite file.

A rollback journal and full synchronisation: what is committed survives a power cut as well.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from podtui.demo.batch.job import BatchJob
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.request import Request
from podtui.demo.batch.submission import Submission

_SCHEMA = """
CREATE TABLE IF NOT EXISTS submissions (sequence INTEGER PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    sequence INTEGER NOT NULL, task INTEGER NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (sequence, task)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS next_id (
    one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL);
"""
_WHOLE = -1  # the task number of what is no task


class Store:
    """The engine's memory, in `path`."""

    def __init__(self, path: Path, first_id: int) -> None:
        path.touch(mode=0o600)
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = TRUNCATE")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)
        self._database.execute("INSERT OR IGNORE INTO next_id VALUES (1, ?)", (first_id,))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def take_id(self) -> int:
        """Give the next job id; none is given twice, whatever happens to the first."""
        row = self._database.execute(
            "UPDATE next_id SET sequence = sequence + 1 RETURNING sequence - 1"
        ).fetchall()
        return int(row[0][0])

    def add(self, submission: Submission, jobs: Iterable[BatchJob]) -> None:
        """Write a new submission and its jobs, all or nothing."""
        with _Transaction(self._database):
            self._database.execute(
                "INSERT INTO submissions VALUES (?, ?)",
                (submission.sequence, json.dumps(asdict(submission), default=str)),
            )
            self._put(jobs)

    def put(self, jobs: Iterable[BatchJob]) -> None:
        """Write jobs as they are now, all or nothing."""
        with _Transaction(self._database):
            self._put(jobs)

    def _put(self, jobs: Iterable[BatchJob]) -> None:
        self._database.executemany(
            "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?)",
            [
                (
                    job.submission.sequence,
                    _WHOLE if job.index is None else job.index,
                    json.dumps(_course(job)),
                )
                for job in jobs
            ],
        )

    def forget(self, sequences: Iterable[int]) -> None:
        """Drop submissions and their jobs."""
        with _Transaction(self._database):
            for sequence in sequences:
                self._database.execute("DELETE FROM jobs WHERE sequence = ?", (sequence,))
                self._database.execute("DELETE FROM submissions WHERE sequence = ?", (sequence,))

    def load(self) -> list[BatchJob]:
        """Read every job, in the order of submission."""
        documents = self._database.execute("SELECT sequence, document FROM submissions")
        known = {sequence: _submission(json.loads(document)) for sequence, document in documents}
        rows = self._database.execute("SELECT sequence, task, document FROM jobs ORDER BY 1, 2")
        return [
            BatchJob(known[sequence], None if task == _WHOLE else task, **json.loads(document))
            for sequence, task, document in rows
        ]


class _Transaction:
    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")


_COURSE = tuple(
    field.name for field in fields(BatchJob) if field.name not in {"submission", "index"}
)


def _course(job: BatchJob) -> dict[str, Any]:
    return {name: getattr(job, name) for name in _COURSE}


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _submission(document: dict[str, Any]) -> Submission:
    owner = document.pop("owner")
    request = document.pop("request")
    return Submission(
        **{name: _tuples(value) for name, value in document.items() if name != "workdir"},
        workdir=Path(document["workdir"]),
        owner=Owner(owner["user"], owner["group"], Path(owner["home"])),
        request=Request(**{name: _tuples(value) for name, value in request.items()}),
    )
