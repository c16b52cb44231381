"""What a job used of what it asked for, from its scheduler's own numbers; nothing is estimated.

Wire: sacct's TotalCPU, ElapsedRaw, MaxRSS, AllocTRES, ReqMem; qacct's cpu, ru_wallclock, maxvmem
and the h_vmem of its category; `resources_used` and `Resource_List` of TORQUE and OpenPBS, dotted,
or in braces as POD tells them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from podtui.domain.job import Job, JobState

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([KMGTP]?)(?:i?B)?", re.IGNORECASE)
_FACTOR = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}
_TRES_MEMORY = re.compile(r"(?:^|,)mem=([^,]+)")
_H_VMEM = re.compile(r"(?:^|[\s,])h_vmem=([^\s,]+)")
_BRACES = re.compile(r"(Resource_List|resources_used)\{(\w+)\}")
_SHORT = timedelta(minutes=1)  # a shorter run says nothing of what a longer one would need
_SPARE = 1.25  # what is recommended above what was used
_IDLE, _HALF, _FULL = 0.75, 0.5, 0.95


@dataclass(frozen=True, slots=True)
class Usage:
    """Used beside asked for; None is not told. Memory in bytes, cores in all.

    `one_task` means that `memory` is that of the largest task only: the job as a whole used more.
    """

    elapsed: timedelta | None = None
    cpu: timedelta | None = None
    cores: int | None = None
    memory: int | None = None
    memory_asked: int | None = None
    time_asked: timedelta | None = None
    one_task: bool = False

    @property
    def cores_busy(self) -> float | None:
        """How many cores were busy on average."""
        if self.cpu is None or not self.elapsed:
            return None
        return self.cpu / self.elapsed

    @property
    def cpu_share(self) -> float | None:
        """The part of the cores that was used, 0 to 1."""
        if self.cores_busy is None or not self.cores:
            return None
        return self.cores_busy / self.cores

    @property
    def memory_share(self) -> float | None:
        """The part of the memory that was used, 0 to 1."""
        return self.memory / self.memory_asked if self.memory and self.memory_asked else None

    @property
    def time_share(self) -> float | None:
        """The part of the time that was used, 0 to 1."""
        return self.elapsed / self.time_asked if self.elapsed and self.time_asked else None


def usage(job: Job) -> Usage | None:
    """What `job` used; None where its scheduler has told no number."""
    facts = {_BRACES.sub(r"\1.\2", name): value for name, value in job.attributes}
    if "ElapsedRaw" in facts:
        found = _slurm(job, facts)
    elif "ru_wallclock" in facts:
        found = _grid_engine(job, facts)
    else:
        found = _pbs(job, facts)
    told = (found.cpu, found.memory, found.elapsed)
    return found if any(value is not None for value in told) else None


def _slurm(job: Job, facts: Mapping[str, str]) -> Usage:
    asked = _TRES_MEMORY.search(facts.get("AllocTRES", ""))
    one_node = facts.get("NNodes") == "1"
    wanted = facts.get("ReqMem", "")  # before Slurm 21.08 `4Gc` is for each core, `4Gn` a node
    each = (job.cores or 1) if wanted.endswith("c") else 1
    requested = _bytes(wanted.rstrip("cn"))
    if requested is not None and (one_node or each > 1):
        requested *= each
    else:
        requested = None
    return Usage(
        elapsed=_span(facts["ElapsedRaw"]),
        cpu=_span(facts.get("TotalCPU", "")),
        cores=job.cores,
        memory=_bytes(facts.get("MaxRSS", "")),
        memory_asked=_bytes(asked[1]) if asked else requested,
        time_asked=job.walltime,
        one_task=not (one_node and job.cores == 1),
    )


def _grid_engine(job: Job, facts: Mapping[str, str]) -> Usage:
    limit = _H_VMEM.search(facts.get("category", ""))
    asked = _bytes(limit[1]) if limit else None
    whole = "tasks" not in facts  # of an array one task's record stands for all
    return Usage(
        elapsed=_span(facts["ru_wallclock"]),
        cpu=_span(facts.get("cpu", "")),
        cores=job.cores,
        memory=_bytes(facts.get("maxvmem", "")),
        memory_asked=asked * (job.cores or 1) if asked else None,  # h_vmem is for each slot
        time_asked=job.walltime,
        one_task=not whole,
    )


def _pbs(job: Job, facts: Mapping[str, str]) -> Usage:
    used = {name: facts.get(f"resources_used.{name}", "") for name in ("walltime", "cput", "mem")}
    return Usage(
        elapsed=_span(used["walltime"]),
        cpu=_span(used["cput"]),
        cores=job.cores,
        memory=_bytes(used["mem"]),
        memory_asked=_bytes(facts.get("Resource_List.mem", "")),
        time_asked=job.walltime,
    )


def advice(job: Job, used: Usage) -> tuple[str, ...]:
    """What to ask for next time, a sentence each; nothing where the numbers do not tell."""
    if used.elapsed is None or used.elapsed < _SHORT:
        return ()
    if not job.state.ended:
        return ()
    found = (_about_time(job, used), _about_cores(used), _about_memory(job, used))
    return tuple(text for text in found if text)


def _about_time(job: Job, used: Usage) -> str:
    if used.time_share is None or used.elapsed is None or used.time_asked is None:
        return ""
    if job.state is JobState.TIMEOUT:
        wish = _round_time(used.time_asked * 2)
        return f"It was ended at its time limit of {used.time_asked}: try twice that, {wish}."
    if job.state is JobState.COMPLETED and used.time_share < _HALF:
        wish = _round_time(used.elapsed * 1.5)
        return (
            f"It took {used.time_share:.0%} of the time it asked for. "
            f"With a limit of {wish} a scheduler finds a gap for it sooner."
        )
    return ""


def _about_cores(used: Usage) -> str:
    busy, share, cores = used.cores_busy, used.cpu_share, used.cores
    if busy is None or share is None or cores is None or cores < 2 or share >= _IDLE:
        return ""
    wish = max(1, math.ceil(busy))
    more = f" {wish} would have done." if wish < cores else ""
    return f"On average {busy:.1f} of its {cores} cores were busy.{more}"


def _about_memory(job: Job, used: Usage) -> str:
    share, memory = used.memory_share, used.memory
    if share is None or memory is None:
        return ""
    if share >= _FULL:
        more = " and it did not end well" if job.state is not JobState.COMPLETED else ""
        return f"It used {share:.0%} of the memory it asked for{more}: ask for more."
    if used.one_task or share >= _HALF or job.state is not JobState.COMPLETED:
        return ""
    wish = human_size(_round_size(memory * _SPARE))
    return f"It used {share:.0%} of the memory it asked for: {wish} would have done, with room."


def human_size(size: float) -> str:
    """`512 MB`, `1.5 GB`: units of 1,024."""
    for unit in ("bytes", "KB", "MB", "GB", "TB"):
        if size < 1024 or unit == "TB":
            return f"{size:.0f} {unit}" if size >= 10 or size == int(size) else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError


def _round_size(size: float) -> int:
    """Up to a number a person would write: a hundred MB, from 2 GB on whole GB."""
    step = 1 << 30 if size >= 2 << 30 else 100 << 20
    return math.ceil(size / step) * step


def _round_time(span: timedelta) -> timedelta:
    """Up to whole quarters of an hour, below one hour to whole five minutes."""
    step = 300 if span < timedelta(hours=1) else 900
    return timedelta(seconds=math.ceil(span.total_seconds() / step) * step)


def _bytes(text: str) -> int | None:
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    return int(float(match[1]) * _FACTOR[match[2].upper()])


def _span(text: str) -> timedelta | None:
    """`3`, `0.011s`, `00:00.004`, `01:02:03`, `1-02:03:04`."""
    days, dash, rest = text.strip().removesuffix("s").rpartition("-")
    parts = rest.split(":")
    if len(parts) > 4 or not all(re.fullmatch(r"\d{1,12}(?:\.\d{1,9})?", part) for part in parts):
        return None
    if dash and not re.fullmatch(r"\d{1,6}", days):
        return None
    seconds = sum(
        float(part) * unit
        for part, unit in zip(reversed(parts), (1, 60, 3600, 86400), strict=False)
    )
    try:
        return timedelta(days=int(days or 0), seconds=seconds)
    except OverflowError:
        return None
