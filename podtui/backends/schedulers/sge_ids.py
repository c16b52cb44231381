"""Grid Engine's names for jobs: `4` a job or a whole array, `4.7` a task, `4.3-9:2` some tasks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from podtui.errors import InputError

_SPAN = r"[0-9]{1,9}(?:-[0-9]{1,9}(?::[0-9]{1,9})?)?"
_ID = re.compile(rf"([0-9]{{1,10}})(?:\.({_SPAN}(?:,{_SPAN}){{0,999}}))?")
_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9})(?::([0-9]{1,9}))?)?")


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

    def meets(self, tasks: str) -> bool:
        """Whether a row with these tasks (as qstat writes them; empty: no array) is meant."""
        if not self.tasks:
            return True
        mine = spans(self.tasks)
        return any(_meet(one, other) for one in spans(tasks) for other in mine)


def target(job_id: str) -> Target:
    """The job and tasks named by `job_id`, or InputError: no id of Grid Engine's."""
    match = _ID.fullmatch(job_id)
    if match is None:
        raise InputError(
            f"{job_id!r} is not a Grid Engine job.",
            hint="A job is a number, such as 4; a task of an array is 4.7.",
        )
    return Target(match[1], match[2] or "")


def spans(tasks: str) -> tuple[range, ...]:
    """The tasks of `1-9:2,12` (an end beside the stride as well); empty if not written so."""
    matches = [_RANGE.fullmatch(part) for part in tasks.split(",")]
    if not all(matches):
        return ()
    found = ((int(m[1]), int(m[2] or m[1]), int(m[3] or 1)) for m in matches if m)
    return tuple(range(first, last + 1, max(1, step)) for first, last, step in found)


def _meet(one: range, other: range) -> bool:
    few, many = sorted((one, other), key=len)
    return any(task in many for task in few)
