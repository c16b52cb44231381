"""The journal keeps what it was told, through processes and crashes."""

from __future__ import annotations

import sqlite3
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.domain.job import JobState, ScriptDialect
from podtui.domain.staging import StagedJob, StagedPhase, StagePair
from podtui.errors import ConfigError
from podtui.services.journal import Journal, _facts, _job


def staged(**changes: object) -> StagedJob:
    job = StagedJob(
        token="t1",
        cluster="pod",
        filename="run.sub",
        content=b"#!/bin/sh\n\xff\n",
        dialect=ScriptDialect.TORQUE,
        created=datetime(2026, 5, 1, 12, tzinfo=UTC),
    )
    return replace(job, **changes)  # type: ignore[arg-type]


async def test_what_is_saved_is_read_again_by_another_process(tmp_path: Path) -> None:
    job = staged(
        stage_in=(StagePair("/a b/\udcff", "~/x", "/home/p/x"),),
        phase=StagedPhase.FAILED,
        failed_in=StagedPhase.STAGING_IN,
        job_id="1.pod",
        job_state=JobState.FAILED,
        exit_status=271,
        error="it [broke]",
    )
    async with Journal(tmp_path / "j.sqlite") as journal:
        assert await journal.save(job)
    async with Journal(tmp_path / "j.sqlite") as journal:
        assert await journal.get("t1") == job
        assert await journal.by_job("pod", "1.pod") == job
        assert await journal.by_job("other", "1.pod") is None
        assert await journal.unfinished() == ()
        assert await journal.all() == (job,)
        await journal.forget("t1")
        assert await journal.all() == ()


async def test_the_file_is_private(tmp_path: Path) -> None:
    async with Journal(tmp_path / "state" / "j.sqlite") as journal:
        await journal.save(staged())
    assert stat.S_IMODE((tmp_path / "state" / "j.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


async def test_an_ended_row_is_not_overwritten_unless_revived(tmp_path: Path) -> None:
    async with Journal(tmp_path / "j.sqlite") as journal:
        await journal.save(staged(phase=StagedPhase.CANCELLED))
        assert not await journal.save(staged(phase=StagedPhase.RELEASING))
        kept = await journal.get("t1")
        assert kept is not None
        assert kept.phase is StagedPhase.CANCELLED
        assert await journal.save(staged(phase=StagedPhase.RELEASING), revive=True)


async def test_another_processes_write_is_noticed(tmp_path: Path) -> None:
    async with Journal(tmp_path / "j.sqlite") as one, Journal(tmp_path / "j.sqlite") as two:
        assert await one.changed()
        assert not await one.changed()
        await two.save(staged())
        assert await one.changed()
        assert not await one.changed()


async def test_a_newer_journal_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "j.sqlite") as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    with pytest.raises(ConfigError, match="newer podtui"):
        async with Journal(tmp_path / "j.sqlite"):
            pass


async def test_a_file_that_is_no_journal_is_told(tmp_path: Path) -> None:
    (tmp_path / "j.sqlite").write_bytes(b"what is this? " * 100)
    with pytest.raises(ConfigError, match="cannot be used"):
        async with Journal(tmp_path / "j.sqlite"):
            pass


@given(
    name=st.text(),
    local=st.text(),
    phase=st.sampled_from(StagedPhase),
    state=st.sampled_from(JobState),
    status=st.none() | st.integers(-300, 300),
    content=st.binary(),
)
def test_every_row_survives_the_way_to_disk(
    name: str,
    local: str,
    phase: StagedPhase,
    state: JobState,
    status: int | None,
    content: bytes,
) -> None:
    import json

    job = staged(
        name=name,
        stage_out=(StagePair(local, "~/y"),),
        phase=phase,
        job_state=state,
        exit_status=status,
        content=content,
    )
    assert _job(json.dumps(_facts(job)), content) == job
