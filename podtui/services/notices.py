"""What a person is told when a job or a transfer ends; nothing of what had ended before."""

from __future__ import annotations

from dataclasses import dataclass

from podtui.domain.job import JobState
from podtui.domain.job_table import JobRow, changed
from podtui.domain.mutes import Mutes
from podtui.domain.staging import StagedPhase
from podtui.domain.text import visible
from podtui.domain.transfer import Direction, Transfer, TransferState

_WHOLE = 3  # ends told one by one; more at once are counted
_NAME_LIMIT = 60  # characters


@dataclass(frozen=True, slots=True)
class Notice:
    """An end to tell: a title, a sentence, and whether it is bad news. Both are harmless text."""

    title: str
    text: str
    bad: bool = False


class Ends:
    """Sees each end once: of what it has seen under way, so a restart tells nothing again.

    `wanted` is the setting `notify`: "all", "failed" or "none"; `muted` are left out of all.
    """

    def __init__(self, wanted: str, muted: Mutes | None = None) -> None:
        self.wanted = wanted
        self.muted = muted or Mutes()
        self._rows: tuple[JobRow, ...] = ()
        self._jobs: set[object] = set()
        self._transfers: frozenset[str] = frozenset()

    def of_jobs(self, rows: tuple[JobRow, ...]) -> tuple[Notice, ...]:
        """The jobs that have ended since the last call."""
        if rows is self._rows:
            return ()
        gone, come = changed(self._rows, rows)
        ended = [row for row in come if _ended(row) and _identity(row) in self._jobs]
        self._jobs.difference_update(map(_identity, gone))
        self._jobs.update(_identity(row) for row in come if not _ended(row))
        self._rows = rows
        news = [row for row in ended if row not in self.muted and not _by_person(row)]
        return self._told("jobs", [_of_job(row) for row in news])

    def of_transfers(self, transfers: tuple[Transfer, ...]) -> tuple[Notice, ...]:
        """The transfers that have ended since the last call; those of jobs are the jobs' news."""
        own = [transfer for transfer in transfers if not transfer.job]
        ended = [t for t in own if t.state.ended and t.id in self._transfers]
        self._transfers = frozenset(t.id for t in own if not t.state.ended)
        chosen = [t for t in ended if t.state is not TransferState.CANCELLED]  # by the person
        return self._told("transfers", [_of_transfer(transfer) for transfer in chosen])

    def _told(self, what: str, notices: list[Notice]) -> tuple[Notice, ...]:
        kept = [n for n in notices if self.wanted == "all" or (self.wanted == "failed" and n.bad)]
        if len(kept) <= _WHOLE:
            return tuple(kept)
        bad = sum(notice.bad for notice in kept)
        text = f"{len(kept)} {what} have ended, {bad or 'none'} of them badly."
        return (Notice(f"{what.capitalize()} ended", text, bool(bad)),)


def _identity(row: JobRow) -> object:
    return row.staged.token if row.staged else row.job.key


def _ended(row: JobRow) -> bool:
    return row.staged.phase.ended if row.staged else row.job.over


def _by_person(row: JobRow) -> bool:
    """Whether it was cancelled here: that was told when the cluster said yes."""
    return row.staged is not None and row.staged.phase is StagedPhase.CANCELLED


def _of_job(row: JobRow) -> Notice:
    job, staged = row.job, row.staged
    bad = job.state not in (JobState.COMPLETED, JobState.CANCELLED)
    name = visible(job.name or job.key.id, _NAME_LIMIT)
    where = f"{visible(job.key.id, _NAME_LIMIT)} on {visible(job.key.cluster, _NAME_LIMIT)}"
    if staged is not None and staged.phase is StagedPhase.FAILED:
        why = visible(staged.error, 200)
        return Notice(visible(staged.title, _NAME_LIMIT), f"{name} ({where}): {why}", bad=True)
    if job.state is JobState.UNKNOWN:
        return Notice("Job ended", f"{name} ({where}) has ended; how is not told there.", bad)
    why = visible(job.reason, 200) if bad else ""
    return Notice(
        f"Job {job.state.value}", f"{name} ({where}): {job.state.value}. {why}".rstrip(), bad
    )


def _of_transfer(transfer: Transfer) -> Notice:
    bad = transfer.state is TransferState.FAILED
    ends = (transfer.local, transfer.remote)
    if transfer.direction is not Direction.UPLOAD:
        ends = ends[::-1]
    text = " → ".join(visible(end, 120) for end in ends)
    return Notice(f"Transfer {transfer.state.value}", text, bad)
