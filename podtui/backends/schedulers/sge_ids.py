"""Grid Engine's names for jobs: `4` a job or a whole array, `4.7` a task, `4.3-9:2` some tasks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from podtui.errors import InputError

_SPAN = r"[0-9]{1,9}(?:-[0-9]{1,9}(?::[0-9]{1,9})?)?"
_ID = re.compile(rf"([0-9]{{1,10}})(?:\.({_SPAN}(?:,{_SPAN}){{0,999}}))?")
_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9})(?::[0-9]{1,9})?)?")


@dataclass(frozen=True, slots=True)
class Target:
    """A job number, and which of its tasks are meant (empty: all)."""

    number: str
    tasks: str = ""

    @property
    def argv(self) -> tuple[str, ...]:
        """As `qdel`, `qhold` and `qrls` want it: `4 -t 9-10` (`4.9-10` is refused for ranges)."""
        return (self.number, "-t", self.tasks) if self.tasks else (self.number,)

    @property
    def dotted(self) -> str:
        """As `qmod` wants it, and as podtui writes it: `4.9-10`."""
        return f"{self.number}.{self.tasks}" if self.tasks else self.number

    def holds(self, task: str) -> bool:
        """Whether a row with this task or these tasks (as qstat writes them) is meant."""
        if not self.tasks or self.tasks == task:
            return True
        return bool(spans(task)) and all(
            any(low <= first and last <= high for low, high in spans(self.tasks))
            for first, last in spans(task)
        )


def target(job_id: str) -> Target:
    """The job and tasks named by `job_id`, or InputError: no id of Grid Engine's."""
    match = _ID.fullmatch(job_id)
    if match is None:
        raise InputError(
            f"{job_id!r} is not a Grid Engine job.",
            hint="A job is a number, such as 4; a task of an array is 4.7.",
        )
    return Target(match[1], match[2] or "")


def spans(tasks: str) -> tuple[tuple[int, int], ...]:
    """First and last of each range in `1-9:2,12`; empty when it is not written so."""
    matches = [_RANGE.fullmatch(part) for part in tasks.split(",")]
    if not all(matches):
        return ()
    return tuple((int(m[1]), int(m[2] or m[1])) for m in matches if m)
