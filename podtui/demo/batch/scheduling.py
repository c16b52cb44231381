"""What may start now, and what never will: arithmetic over jobs, nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from podtui.demo.batch.job import BatchJob

Verdict = Literal["met", "waiting", "never"]


def startable(
    pending: Iterable[BatchJob], running: Sequence[BatchJob], slots: int, now: float
) -> Iterator[BatchJob]:
    """Choose the jobs to start: first come, first served, and whatever fits beside.

    An array's own limit (`%n`, `-tc`) is kept.
    """
    free = slots - sum(job.submission.slots for job in running)
    tasks = Counter(job.submission.sequence for job in running)
    for job in pending:
        if free <= 0:
            return
        submission = job.submission
        limit = submission.request.array_limit
        if job.holds or submission.slots > free or not is_due(job, now):
            continue
        if limit is not None and tasks[submission.sequence] >= limit:
            continue
        free -= submission.slots
        tasks[submission.sequence] += 1
        yield job


def is_due(job: BatchJob, now: float) -> bool:
    """Tell whether the time a job waits for (`-a`) has come."""
    not_before = job.submission.request.not_before
    return not_before is None or not_before <= now


def verdict(kind: str, target: Sequence[BatchJob]) -> Verdict:
    """Judge one dependency on a job, or on all tasks of an array.

    `after` asks for a start, `afterany` for an end, `afterok` and `afternotok` for the way of it.
    """
    if kind == "after":
        started = all(job.start_time is not None or job.state == "C" for job in target)
        return "met" if started else "waiting"
    ended = all(job.state == "C" for job in target)
    failed = any(job.state == "C" and job.exit_status != 0 for job in target)
    if kind == "afterok":
        return "never" if failed else "met" if ended else "waiting"
    if kind == "afternotok":
        return "met" if ended and failed else "never" if ended else "waiting"
    return "met" if ended else "waiting"
