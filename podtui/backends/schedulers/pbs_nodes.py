"""`pbsnodes` of TORQUE (`-x`), OpenPBS (`-a -F json`) and Slurm's wrappers (text) → machines. Pure.

Attributes: pbs_node_attributes(7B); TORQUE's `status` is `name=value,…` from the machine itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from podtui.backends.schedulers.pbs_values import megabytes, whole
from podtui.domain.queue import ComputeNode

Facts = Mapping[str, str]

_UNUSABLE = frozenset(
    {"down", "offline", "unknown", "state-unknown", "stale", "maintenance", "provisioning"}
    | {"sleep", "unresolvable", "state-unresolvable", "drain", "draining", "drained"}
)
_SLOTS = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?(?=[/,-])")


def torque_node(name: str, facts: Facts) -> ComputeNode:
    """A machine of TORQUE or of the wrappers; `np` are its slots.

    The wrappers tell no jobs, and as `availmem` what the machine has in all.
    """
    status = _status(facts.get("status", ""))
    cores = whole(facts.get("np", ""))
    used = _slots(facts["jobs"]) if facts.get("jobs") else 0
    idle = facts.get("state", "").startswith("free")
    slurm = status.get("slurmstate", "")
    told = not slurm or idle
    available = megabytes(status.get("availmem", ""))
    total = megabytes(status.get("physmem", status.get("totmem", "")))
    return ComputeNode(
        name=name,
        usable=usable(facts.get("state", "")),
        state=slurm or facts.get("state", ""),
        cores=cores,
        cores_free=max(cores - used, 0) if cores is not None and told else None,
        memory=available if slurm else total,
        memory_free=None if slurm else available,
        properties=_list(facts.get("properties", "")) + _gpus(facts.get("gpus", "")),
    )


def openpbs_node(name: str, facts: Facts) -> ComputeNode:
    """A machine of OpenPBS: what is free is what it has less what is assigned."""
    cores = whole(facts.get("resources_available.ncpus", facts.get("pcpus", "")))
    taken = whole(facts.get("resources_assigned.ncpus", "")) or 0
    memory = megabytes(facts.get("resources_available.mem", ""))
    used = megabytes(facts.get("resources_assigned.mem", "")) or 0
    return ComputeNode(
        name=name,
        usable=usable(facts.get("state", "")),
        state=facts.get("state", ""),
        cores=cores,
        cores_free=max(cores - taken, 0) if cores is not None else None,
        memory=memory,
        memory_free=max(memory - used, 0) if memory is not None else None,
        queues=_list(facts.get("queue", facts.get("resources_available.Qlist", ""))),
        properties=_gpus(facts.get("resources_available.ngpus", "")),
    )


def usable(state: str) -> bool:
    """Whether jobs may run there; `state` may be several words, a full machine is usable."""
    words = _list(state.lower().replace("*", ""))
    return bool(words) and not _UNUSABLE.intersection(words)


def _slots(jobs: str) -> int:
    """Slots taken in `0/0.vm,1/3[4].vm` or, from TORQUE 5 on, `0-3,6/5.vm`."""
    total = 0
    for first, last in _SLOTS.findall(re.sub(r"/[^,]*", "/", jobs)):
        total += int(last) - int(first) + 1 if last else 1
    return total


def _status(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(","))
    return {name.strip(): value for name, equals, value in pairs if equals}


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _gpus(count: str) -> tuple[str, ...]:
    number = whole(count)
    return (f"gpus={number}",) if number else ()
