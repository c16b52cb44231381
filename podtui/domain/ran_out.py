"""What a job had too little of, by its scheduler's words: a table asks it of each row."""

from __future__ import annotations

import re
from enum import Enum

from podtui.domain.job import Job, JobState

_OUT_OF_MEMORY = re.compile(
    r"out.?of.?mem|\boom|killed for memory|more (?:virtual )?memory than", re.IGNORECASE
)
_LIMIT_WORDS = re.compile(
    r"walltime .*exceed|exceed.* walltime|\bh_rt\b|time.?limit", re.IGNORECASE
)


class RanOut(Enum):
    """What a job had too little of."""

    TIME = "time"
    MEMORY = "memory"


def ran_out_of(job: Job) -> RanOut | None:
    """What the scheduler says ran out; None where it says nothing, or something else did."""
    words = " ".join((job.native_state, job.reason))
    if _OUT_OF_MEMORY.search(words):
        return RanOut.MEMORY
    if job.state is JobState.TIMEOUT or (job.state.ended and _LIMIT_WORDS.search(words)):
        return RanOut.TIME
    return None
