"""Why something cannot be done to a job: told when its greyed key is pressed. Pure."""

from __future__ import annotations

from podtui.domain.job import JobState
from podtui.domain.job_line import JobLine
from podtui.domain.job_table import JobRow
from podtui.domain.staging import StagedPhase
from podtui.domain.text import visible
from podtui.tui.panes.job_cells import shown_id, tally

_LIMIT = 240  # characters of a reason
_STAGING = (StagedPhase.STAGING_IN, StagedPhase.RELEASING)


def why_not(action: str, row: JobRow) -> str:
    """Why `action` cannot be done to the job of `row`; empty when it can."""
    reason = _REASONS.get(action)
    return reason(row) if reason else ""


def told(line: JobLine, muted: bool) -> str:
    """What is said below the table of the line under the cursor; empty where that is nothing."""
    if text := trouble(line.row):
        return text
    if tasks := tally(line):
        return f"{visible(line.key.id, 40)}: {tasks}"
    return f"∅ {shown_id(line.row)} is muted: its end is not told. m tells it." if muted else ""


def trouble(row: JobRow) -> str:
    """What went wrong with the staging of the job, and what to do; empty when nothing did."""
    staged = row.staged
    if staged is None or not staged.error:
        return ""
    lines = [f"✗ {shown_id(row)}: {visible(staged.title)}: {visible(staged.error, _LIMIT)}"]
    if staged.hint:
        lines.append(f"  {visible(staged.hint, _LIMIT)}")
    if staged.phase is StagedPhase.FAILED:
        lines.append("  t tries it again from there; f forgets it.")
    return "\n".join(lines)


def _cancel(row: JobRow) -> str:
    return _no_id(row) or _ended(row, "cancelled")


def _hold(row: JobRow) -> str:
    if row.job.state is JobState.HELD:
        return f"{shown_id(row)} is held already."
    if row.job.state is JobState.RUNNING:
        return f"{shown_id(row)} is running; only a waiting job can be held."
    return _no_id(row) or _ended(row, "held")


def _release(row: JobRow) -> str:
    staged = row.staged
    if staged and staged.phase in _STAGING:
        return f"{shown_id(row)} is released by itself as soon as its files are there."
    state = row.job.state
    free = not state.ended and state not in (JobState.HELD, JobState.UNKNOWN)
    if free and not _no_id(row):
        return f"{shown_id(row)} is not held."
    return _no_id(row) or _ended(row, "released")


def _requeue(row: JobRow) -> str:
    if row.job.state.pending:
        return f"{shown_id(row)} waits in the queue already."
    if row.job.runs_once and not row.job.state.ended:
        return f"{shown_id(row)} is to run once only, says its scheduler."
    return _no_id(row) or _ended(row, "requeued")


def _retry(row: JobRow) -> str:
    if row.staged is None:
        return f"{shown_id(row)} has no staging: it was not submitted by podtui on this machine."
    if row.staged.phase is not StagedPhase.FAILED:
        return f"The staging of {shown_id(row)} has not failed: it is {row.staged.phase.value}."
    return ""


def _forget(row: JobRow) -> str:
    if row.staged is None:
        return f"{shown_id(row)} is the cluster's, not podtui's: it goes away there by itself."
    if not row.staged.phase.ended and row.staged.phase is not StagedPhase.NEW:
        return f"{shown_id(row)} is not finished: it is {row.staged.phase.value}. Cancel it first."
    return ""


def _no_id(row: JobRow) -> str:
    if row.staged and row.staged.key is None:
        return "The job has no id yet: its submission has not been answered."
    return ""


def _ended(row: JobRow, done: str) -> str:
    if row.job.state.ended:
        return f"{shown_id(row)} has ended ({row.job.state.value}); it cannot be {done}."
    return ""


_REASONS = {
    "cancel": _cancel,
    "hold": _hold,
    "release": _release,
    "requeue": _requeue,
    "retry": _retry,
    "forget": _forget,
}
