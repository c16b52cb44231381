"""How a job ended, from what its runner left."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from podtui.demo.batch.job import BatchJob

DELETED = 271  # 256 + SIGTERM
OVER_WALLTIME = -11  # JOB_EXEC_OVERLIMIT_WT
LOST = -4  # JOB_EXEC_INITABT: "job aborted on MOM initialization", not run again
_KILLED = 137  # Grid Engine: 128 + SIGKILL


def deletion(job: BatchJob, comment: str) -> BatchJob:
    """End a job that never ran; Grid Engine gives such a job no exit status at all."""
    status = DELETED if job.dialect == "TRQ" else None
    return replace(
        job, state="C", holds="", comp_time=time.time(), exit_status=status, comment=comment
    )


def lost(job: BatchJob) -> BatchJob:
    """End a job whose runner is gone and left no word."""
    return replace(
        job,
        state="C",
        comp_time=time.time(),
        exit_status=LOST if job.dialect == "TRQ" else _KILLED,
        comment="Job lost: its processes ended with the node; it is not run again",
    )


def ended(job: BatchJob, result: Mapping[str, Any]) -> BatchJob:
    """End a job as its runner tells."""
    reason = result["reason"]
    ran = "pid" in result
    comment = job.comment
    if reason == "deleted":
        comment = "Job deleted while it was running" if ran else "Job deleted before it started"
    elif reason == "walltime":
        comment = "Job killed: walltime limit exceeded"
    return replace(
        job,
        state="C",
        start_time=result["start"],
        comp_time=result["end"],
        exit_status=_exit_status(job, result),
        session_id=result.get("pid", job.session_id),
        cput=result.get("cput"),
        mem_kb=result.get("mem_kb"),
        hint=result.get("hint"),
        comment=comment,
    )


def _exit_status(job: BatchJob, result: Mapping[str, Any]) -> int:
    torque = job.dialect == "TRQ"
    if result["reason"] == "deleted":
        return DELETED if torque else _KILLED
    if result["reason"] == "walltime":
        return OVER_WALLTIME if torque else _KILLED
    if result["signal"] is not None:
        return int(result["signal"]) + (256 if torque else 128)
    return int(result["code"])
