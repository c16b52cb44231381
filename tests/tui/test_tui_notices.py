"""Ends are told once, as the settings want it, and never with what a cluster could slip in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from podtui.cli.outcomes import verdict
from podtui.domain.job import Job, JobKey, JobState, ScriptDialect
from podtui.domain.job_table import JobRow
from podtui.domain.staging import StagedJob, StagedPhase
from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.paths import Paths
from podtui.services.notices import Ends, Notice
from podtui.tui.acts.notices import desktop_sequence
from podtui.tui.panes.job_cells import state_words

from .conftest import make_app, see_jobs, toasts, until
from .fake_session import FakeBackend


def _rows(*states: JobState) -> tuple[JobRow, ...]:
    return tuple(
        JobRow(Job(JobKey("pod", str(n)), state, name=f"job{n}")) for n, state in enumerate(states)
    )


def test_what_had_ended_before_the_first_look_is_old_news() -> None:
    ends = Ends("all")
    assert ends.of_jobs(_rows(JobState.COMPLETED, JobState.RUNNING)) == ()
    (notice,) = ends.of_jobs(_rows(JobState.COMPLETED, JobState.FAILED))
    assert (notice.title, notice.bad) == ("Job failed", True)
    assert ends.of_jobs(_rows(JobState.COMPLETED, JobState.FAILED)) == ()


@pytest.mark.parametrize(("wanted", "told"), [("all", 2), ("failed", 1), ("none", 0)])
def test_notify_says_which_ends_are_told(wanted: str, told: int) -> None:
    ends = Ends(wanted)
    ends.of_jobs(_rows(JobState.RUNNING, JobState.RUNNING))
    assert len(ends.of_jobs(_rows(JobState.COMPLETED, JobState.TIMEOUT))) == told


def _staged(phase: StagedPhase, error: str = "") -> tuple[JobRow, ...]:
    (row,) = _rows(JobState.RUNNING)
    job = StagedJob("t", "pod", "a.sh", b"", ScriptDialect.TORQUE, datetime.now(UTC), phase=phase)
    return (replace(row, staged=replace(job, title="Disk full", error=error)),)


def test_what_a_person_cancelled_here_is_not_told_again() -> None:
    ends = Ends("all")
    ends.of_jobs(_staged(StagedPhase.WATCHING))
    assert ends.of_jobs(_staged(StagedPhase.CANCELLED)) == ()  # listed as running until asked anew


def test_staging_that_failed_tells_why_and_no_state_of_the_job() -> None:
    ends = Ends("all")
    ends.of_jobs(_staged(StagedPhase.STAGING_IN))
    (notice,) = ends.of_jobs(_staged(StagedPhase.FAILED, "No space\x1b left."))
    assert notice == Notice("Disk full", "job0 (0 on pod): No space␛ left.", bad=True)


def test_a_job_killed_for_memory_says_so_wherever_it_is_told() -> None:
    """Slurm's `0:125` is nobody's exit status."""
    ends = Ends("all")
    ends.of_jobs(_rows(JobState.RUNNING))
    (row,) = _rows(JobState.FAILED)
    why = "Killed for memory: it used more than it asked for."
    row = replace(row, job=replace(row.job, native_state="OUT_OF_MEMORY", reason=why))
    (notice,) = ends.of_jobs((row,))
    assert notice.text == f"job0 (0 on pod): failed. {why}"
    assert state_words(row) == "failed (memory)"
    told = verdict(replace(_ended_staged(), ending=why))
    assert told is not None
    assert told.message == f"Job 7 ended: failed. {why}"


def _ended_staged() -> StagedJob:
    (row,) = _staged(StagedPhase.DONE)
    assert row.staged is not None
    return replace(row.staged, job_id="7", job_state=JobState.FAILED)


def test_many_ends_at_once_are_counted() -> None:
    ends = Ends("all")
    ends.of_jobs(_rows(*[JobState.RUNNING] * 9))
    (notice,) = ends.of_jobs(_rows(*[JobState.COMPLETED] * 8, JobState.FAILED))
    assert notice.text == "9 jobs have ended, 1 of them badly."


def test_transfers_of_jobs_and_those_a_person_ended_are_not_told() -> None:
    ends = Ends("all")
    plain = Transfer("t", "pod", Direction.UPLOAD, "a", "b", TransferState.RUNNING)
    all_kinds = (plain, replace(plain, id="u"), replace(plain, id="v", job="staged"))
    assert ends.of_transfers(all_kinds) == ()
    done = (
        replace(plain, state=TransferState.DONE),
        replace(plain, id="u", state=TransferState.CANCELLED),
        replace(plain, id="v", job="staged", state=TransferState.DONE),
    )
    (notice,) = ends.of_transfers(done)
    assert notice.text == "a → b"


def test_no_text_from_a_cluster_ends_the_sequence() -> None:
    hostile = Notice("Job\x07 done", "x\x1b]52;c;aGk=\x07;y\x9c" + "z" * 999)
    for kind in ("osc9", "osc777"):
        sequence = desktop_sequence(kind, hostile)
        inside = sequence.removeprefix("\x1b]").removesuffix("\x07")
        assert inside.isprintable()
        assert len(sequence) < 500
    assert desktop_sequence("off", hostile) == ""


async def test_an_end_is_told_rung_and_shown_on_the_desktop(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = FakeBackend("pod")
    backend.jobs.add("1.pod", JobState.RUNNING, "long")
    app = make_app(paths, backend, bell=True, desktop="osc9")
    rung: list[str] = []
    monkeypatch.setattr(app, "bell", lambda: rung.append("bell"))
    monkeypatch.setattr(app, "write_to_terminal", rung.append)
    async with app.run_test() as pilot:
        await see_jobs(pilot, "1.pod")
        job = backend.jobs.jobs["1.pod"]
        backend.jobs.jobs["1.pod"] = replace(job, state=JobState.COMPLETED)
        await until(pilot, lambda: "Job completed" in toasts(app))
    assert rung == ["\x1b]9;Job completed: long (1.pod on pod): completed.\x07", "bell"]
