"""What can be done to jobs, one or many, and how it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from podtui.domain.job import JobKey, JobState
from podtui.domain.job_fold import Counts
from podtui.domain.job_table import JobRow


class JobChange(Enum):
    """A change; the value is the name of its action."""

    CANCEL = "cancel"
    HOLD = "hold"
    RELEASE = "release"
    REQUEUE = "requeue"
    RETRY = "retry"
    FORGET = "forget"

    @property
    def done(self) -> str:
        """What a job is afterwards, as in "it is held"."""
        return _DONE[self]


_DONE = {
    JobChange.CANCEL: "cancelled",
    JobChange.HOLD: "held",
    JobChange.RELEASE: "released",
    JobChange.REQUEUE: "back in the queue",
    JobChange.RETRY: "taken up again",
    JobChange.FORGET: "forgotten",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be changed: a job, a task, or an array as a whole with where its tasks stand."""

    row: JobRow
    counts: Counts = ()

    @property
    def tasks(self) -> int:
        """How many tasks an array has; 0 for what is none."""
        return sum(number for _, number in self.counts)

    @property
    def key(self) -> JobKey:
        """What the scheduler is told."""
        return self.row.job.key


class Ending(Enum):
    """How the change of one job went."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went for one target; `reason` and `hint` are the failure's own words."""

    target: Target
    ending: Ending = Ending.WAITING
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class JobRun:
    """A change on its way through many jobs."""

    change: JobChange
    outcomes: tuple[Outcome, ...]
    ended: bool = False

    def count(self, ending: Ending) -> int:
        """How many went that way."""
        return sum(outcome.ending is ending for outcome in self.outcomes)


def tally(targets: Sequence[Target]) -> tuple[tuple[str, Counts], ...]:
    """How many of them stand where, cluster by cluster; of an array each task counts."""
    counted: Counter[tuple[str, JobState]] = Counter()
    for target in targets:
        for state, number in target.counts or ((target.row.job.state, 1),):
            counted[target.key.cluster, state] += number
    clusters = dict.fromkeys(target.key.cluster for target in targets)
    return tuple(
        (name, tuple((state, counted[name, state]) for state in JobState if counted[name, state]))
        for name in clusters
    )
