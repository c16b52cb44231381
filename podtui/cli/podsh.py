"""Jobs in PODShell's tables and words (PODTools guide, "Checking Job Status")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podtui.cli.tables import ascii_table
from podtui.domain.job import Job, JobState
from podtui.domain.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podtui.domain.job_table import JobRow

_HEAD = ("ID", "User", "Type", "State", "Job Name", "S", "Stage-in", "Stage-out")
_LEAST = (0, 7)  # the guide's table has seven columns for User beside a name of six
_TYPE = "COMPUTE"  # the only one PODShell knows
_INDEXED = re.compile(r"\{([^{}]*)\}$")
_ENDED = "COMPLETE"
_VALUE = 50  # columns for a value: the width of the guide's table


def job_table(rows: Iterable[JobRow]) -> tuple[str, ...]:
    """`podsh status`."""
    return ascii_table(_HEAD, [_cells(row.job) for row in rows], _LEAST)


def property_table(row: JobRow) -> tuple[str, ...]:
    """`podsh status -j ID`; what podtui's own journal knows stands last."""
    job, staged = row.job, row.staged
    facts = [("ID", job.id), ("User", job.user), ("Type", _TYPE), ("State", state_word(job))]
    facts += [(_INDEXED.sub(r".\1", name), value) for name, value in job.attributes]
    facts += [("Stage-in", job.stage_in.name), ("Stage-out", job.stage_out.name)]
    if staged is not None:
        facts.append(("podtui phase", staged.phase.value))
        facts += [("podtui stage-in", f"{p.local} → {p.remote}") for p in staged.stage_in]
        facts += [("podtui stage-out", f"{p.remote} → {p.local}") for p in staged.stage_out]
        if staged.error:
            facts.append(("podtui error", f"{staged.title}: {staged.error} {staged.hint}".strip()))
    return ascii_table(("Property", "Value"), [line for fact in facts for line in _wrapped(*fact)])


def _wrapped(name: str, value: str) -> list[tuple[str, str]]:
    """The rows of one property; a long value goes on below itself."""
    shown = visible(value)
    parts = [shown[at : at + _VALUE] for at in range(0, len(shown), _VALUE)] or [""]
    return [(name, parts[0]), *(("", part) for part in parts[1:])]


def state_word(job: Job) -> str:
    """PODShell's word for the state; how a job ended is told by its exit status there."""
    if job.state.ended:
        return _ENDED
    if job.state is JobState.UNKNOWN:
        return job.native_state.upper() or "UNKNOWN"
    return job.state.name


def _cells(job: Job) -> tuple[str, ...]:
    return (
        job.id,
        job.user,
        _TYPE,
        state_word(job),
        job.name or "N/A",
        job.attribute("job_state"),
        job.stage_in.name,
        job.stage_out.name,
    )
