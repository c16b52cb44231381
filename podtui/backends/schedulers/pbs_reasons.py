"""Why a job of TORQUE or OpenPBS waits, in plain words. Pure.

From `comment` (the scheduler's own sentence), `depend`, `Hold_Types` and `Execution_Time`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, tzinfo

from podtui.backends.schedulers.pbs_values import moment
from podtui.domain.job import JobState

_DEPENDENCIES = {
    "after": "to start",
    "afterok": "to succeed",
    "afternotok": "to fail",
    "afterany": "to end",
    "afterstartarray": "to start",
    "afterokarray": "to succeed",
    "afternotokarray": "to fail",
    "afteranyarray": "to end",
}
_HOLDS = {
    "u": "its user",
    "o": "an operator",
    "s": "the system",
    "p": "the system, for a bad password",
}
_AMOUNTS = re.compile(r"\(R: (\S+) A: (\S+) T: (\S+)\)")
_NEVER = "Can Never Run: "
_MOVED = "It was moved to another server."
_NOT_NOW = "Not Running: "


def reason(facts: Mapping[str, str], state: JobState, zone: tzinfo = UTC) -> str:
    """Why a pending job waits, or where else it is; empty when nothing tells."""
    comment = facts.get("comment", "").strip()
    if state is JobState.HELD:
        return _waits_for(facts.get("depend", "")) or _held_by(facts.get("Hold_Types", ""))
    if state is not JobState.QUEUED:
        return _MOVED if facts.get("job_state") == "M" else ""
    if facts.get("job_state") == "W" and facts.get("Execution_Time"):
        at = moment(facts["Execution_Time"], zone)
        return f"It is not to start before {at:%Y-%m-%d %H:%M} UTC." if at else ""
    if comment.startswith(_NEVER):
        return "It can never run: " + _plain(comment.removeprefix(_NEVER))
    if comment.startswith(("Job run at", "Job started on", "Job Array Began")):
        return ""
    return _plain(comment.removeprefix(_NOT_NOW)) or _waits_for(facts.get("depend", ""))


def not_brought_back(facts: Mapping[str, str]) -> str:
    """That an ended job's output stayed where it ran: TORQUE's hint, OpenPBS's stage-out status."""
    if facts.get("Stageout_status") == "0":
        return "Its output could not be copied to where it was asked for."
    return facts.get("sched_hint", "").strip()


def _plain(comment: str) -> str:
    return _AMOUNTS.sub(r"(asked \1, free \2, in all \3)", comment)


def _waits_for(depend: str) -> str:
    """`afterok:1.vm@host:2.vm,afterany:3.vm` in words; `before…` lets others wait, not this job."""
    waits = []
    for part in depend.split(","):
        word, *jobs = part.strip().split(":")
        names = [job.partition("@")[0] for job in jobs if job]
        if word in _DEPENDENCIES and names:
            waits.append(f"{' and '.join(names)} {_DEPENDENCIES[word]}")
        elif word in ("on", "synccount") and jobs:
            waits.append(f"{jobs[0]} other jobs")
    return f"Waits for {', for '.join(waits)}." if waits else ""


def _held_by(types: str) -> str:
    holders = [_HOLDS[letter] for letter in types if letter in _HOLDS]
    return f"Held by {' and by '.join(holders)}." if holders else ""
