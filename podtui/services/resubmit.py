"""Jobs once more, from the journal and the history, where their scripts are kept."""

from __future__ import annotations

from dataclasses import dataclass

from podtui.domain.job import Job, ScriptDialect
from podtui.domain.resubmit import Again, again
from podtui.domain.script import guess_dialect
from podtui.domain.staging import StagedJob, StagePair
from podtui.errors import NotFound
from podtui.services.history import HistoryService
from podtui.services.staging import StagingService


@dataclass(frozen=True, slots=True)
class OldJob:
    """What a new submission begins with; a job only the history knows has no stage pairs."""

    name: str
    dialect: ScriptDialect
    again: Again
    stage_in: tuple[StagePair, ...] = ()
    stage_out: tuple[StagePair, ...] = ()


async def old_job(job: Job, staging: StagingService, history: HistoryService) -> OldJob:
    """The script of a job that podtui submitted; NotFound for any other."""
    staged = await staging.find(job.cluster, job.id)
    if staged is not None:
        return _from_journal(job, staged)
    past = await history.get(job.key)
    if past is None or past.script is None:
        raise NotFound(
            f"podtui has no script of job {job.id}: it was not submitted here.",
            title="No script",
            hint="Press n for a new job, and choose its script.",
        )
    dialect = guess_dialect(past.script) or ScriptDialect.TORQUE
    text = past.script.decode("utf-8", "surrogateescape")
    return OldJob(past.script_name or "job.sh", dialect, again(text, dialect, job))


def _from_journal(job: Job, staged: StagedJob) -> OldJob:
    text = staged.content.decode("utf-8", "surrogateescape")
    made = again(text, staged.dialect, job)
    return OldJob(staged.filename, staged.dialect, made, staged.stage_in, staged.stage_out)
