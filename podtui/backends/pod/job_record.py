"""One job of Beoweb's status answer → one Job. Pure.

Wire: `job_state`, `uploadstat`, `stageoutstat` in PODShell's words, `sched_status` with the
attributes of `qstat -f`, read by the reader that TORQUE's own answers go through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from podtui.backends.schedulers.pbs_job import POD
from podtui.backends.schedulers.pbs_job import read_job as read_attributes
from podtui.domain.job import Job, JobKey, StageState

_STAGES = {"NONE": StageState.NONE, "FINISHED": StageState.FINISHED, "FAILED": StageState.FAILED}
_BRACED = re.compile(r"(Resource_List|resources_used)\{(\w+)\}")


def read_job(key: JobKey, record: Mapping[str, Any], user: str) -> Job:
    """The job in `record`; what is missing or unreadable stays empty."""
    status = record.get("sched_status")
    native: Mapping[str, Any] = status if isinstance(status, dict) else {}
    facts = {str(name): _flat(value) for name, value in native.items()}
    dotted = {_BRACED.sub(r"\1.\2", name): value for name, value in facts.items()}
    word = str(record.get("job_state") or facts.get("job_state", ""))
    job = read_attributes(key, dotted, POD, word=word, attributes=False)
    return replace(
        job,
        user=job.user or user,
        stage_in=_STAGES.get(str(record.get("uploadstat", "NONE")).upper(), StageState.NONE),
        stage_out=_STAGES.get(str(record.get("stageoutstat", "NONE")).upper(), StageState.NONE),
        attributes=tuple(facts.items()),
    )


def _flat(value: Any) -> str:
    return "" if value is None else str(value)
