"""Which jobs a key means: the marked ones, or the one under the cursor; and why one cannot be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from podtui.domain.job import JobKey
from podtui.domain.job_changes import JobChange, Target
from podtui.domain.job_line import JobLine
from podtui.domain.job_lines import Lines
from podtui.domain.staging import StagedPhase
from podtui.domain.text import visible
from podtui.tui.lack import Lack
from podtui.tui.panes import job_reasons
from podtui.tui.panes.job_cells import shown_id

_LIMIT = 240  # characters of a reason
_WAITS_FOR_FILES = (StagedPhase.STAGING_IN, StagedPhase.RELEASING)
Lacking = Collection[Lack]


def why_not(action: str, lines: Sequence[JobLine], lacking: Lacking) -> str:
    """Why `action` can be done to none of these lines; empty when it can to one."""
    reason = why_not_line(action, lines[0], lacking)
    if not reason or any(
        not why_not_line(action, line, lacking) for line in _staged(action, lines)
    ):
        return ""
    return f"None of the {len(lines):,} marked: {reason}" if len(lines) > 1 else reason


def _staged(action: str, lines: Sequence[JobLine]) -> Iterable[JobLine]:
    """Those worth asking: only a staged job can be retried or forgotten."""
    if action in (JobChange.RETRY.value, JobChange.FORGET.value):
        return (line for line in lines if line.row.staged is not None)
    return lines


def why_not_line(action: str, line: JobLine, lacking: Lacking) -> str:
    """Why `action` cannot be done to a line; to an array it can where one task allows it."""
    if said := lacked(action, line.key.cluster, lacking):
        return said
    why = job_reasons.why_not(action, line.row)
    if not why or not line.tasks:
        return why
    return "" if any(not job_reasons.why_not(action, task.row) for task in line.tasks) else why


def lacked(action: str, cluster: str, lacking: Lacking) -> str:
    """Why a cluster cannot do `action` to any job, as it said itself; empty when it can."""
    lacks = (lack.reason for lack in lacking if lack[:2] == (cluster, action))
    return visible(next(lacks, ""), _LIMIT)


def sorted_out(
    change: JobChange, lines: Iterable[JobLine], lacking: Lacking
) -> tuple[tuple[Target, ...], tuple[tuple[Target, str], ...]]:
    """Those that can be changed together, and the others with the reason."""
    able, left_out = [], []
    for line in lines:
        target = target_of(line)
        why = why_not_line(change.value, line, lacking) or _alone(change, line)
        if why:
            left_out.append((target, why))
        else:
            able.append(target)
    return tuple(able), tuple(left_out)


def target_of(line: JobLine) -> Target:
    """The line as something to change."""
    return Target(line.row, line.counts)


def _alone(change: JobChange, line: JobLine) -> str:
    staged = line.row.staged
    if change is JobChange.RELEASE and staged and staged.failed_in in _WAITS_FOR_FILES:
        return f"{shown_id(line.row)} would start without its files: release it by itself."
    return ""


def turned(marks: frozenset[JobKey], line: JobLine) -> frozenset[JobKey]:
    """The marks with this line's turned; out of a marked array a task leaves the other tasks."""
    if line.array is not None and line.array.key in marks:
        others = {task.key for task in line.array.tasks if task.key != line.array.key}
        return marks - {line.array.key} | others - {line.key}
    return marks ^ {line.key}


def all_found(lines: Lines) -> frozenset[JobKey]:
    """The keys of all that was found: an array whole where all of it was, else its tasks."""
    found: dict[JobKey, list[JobKey]] = {}
    keys: set[JobKey] = set()
    for line in lines.matching:
        if line.array is None:
            keys.add(line.key)
        else:
            found.setdefault(line.array.key, []).append(line.key)
    for array, tasks in found.items():
        whole = lines.get(array)
        if whole is not None and len(whole.tasks) == len(tasks):
            keys.add(array)
        else:
            keys.update(task for task in tasks if task != array)
    return frozenset(keys)
