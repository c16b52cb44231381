"""Partitions, nodes, reservations and the scheduler's own counters, as slurmctld tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from podtui.backends.slurmrest.values import Record, minutes, moment, number, part, text, words
from podtui.domain.queue import ComputeNode, Queue
from podtui.domain.text import visible

_AWAY = frozenset(
    {
        *("DOWN", "DRAIN", "DRAINED", "DRAINING", "ERROR", "FAIL", "FAILING", "FUTURE"),
        *("INVALID", "INVALID_REG", "MAINT", "MAINTENANCE", "NOT_RESPONDING", "POWERING_DOWN"),
        *("POWERED_DOWN", "POWER_DOWN", "REBOOT", "REBOOT_ISSUED", "REBOOT_REQUESTED", "UNKNOWN"),
    }
)
_COUNTERS = ("jobs_running", "jobs_pending", "jobs_submitted", "jobs_started", "jobs_completed")
_MORE_COUNTERS = ("jobs_canceled", "jobs_failed", "schedule_cycle_last", "server_thread_count")


@dataclass(frozen=True, slots=True)
class Reservation:
    """Nodes set aside; `users` and `accounts` may use them, `flags` are Slurm's own words."""

    name: str
    start: datetime | None
    end: datetime | None
    nodes: str = ""
    partition: str = ""
    users: str = ""
    accounts: str = ""
    flags: tuple[str, ...] = ()


def read_reservation(record: Record) -> Reservation | None:
    """One of /reservations/, None where it has no name."""
    name = text(record.get("name"))
    if not name:
        return None
    return Reservation(
        visible(name),
        moment(record.get("start_time")),
        moment(record.get("end_time")),
        nodes=visible(text(record.get("node_list"))),
        partition=visible(text(record.get("partition"))),
        users=visible(text(record.get("users"))),
        accounts=visible(text(record.get("accounts"))),
        flags=words(record.get("flags")),
    )


def read_node(record: Record) -> ComputeNode | None:
    """One of /nodes/; free means not given to a job, whatever the machine measures."""
    name = text(record.get("name"))
    states = (*words(record.get("state")), *words(record.get("state_flags")))
    if not name or not states:
        return None
    usable = not _AWAY.intersection(word.upper() for word in states)
    cores = number(record.get("effective_cpus")) or number(record.get("cpus"))
    memory = number(record.get("real_memory"))
    return ComputeNode(
        name,
        usable,
        "+".join(states),
        cores=cores,
        cores_free=_less(cores, record.get("alloc_cpus")) if usable else 0,
        memory=memory,
        memory_free=_less(memory, record.get("alloc_memory")) if usable else 0,
        queues=words(record.get("partitions")),
        properties=(*_listed(record.get("features")), *_listed(record.get("gres"))),
    )


def _less(whole: int | None, used: object) -> int | None:
    taken = number(used)
    return max(0, whole - taken) if whole is not None and taken is not None else None


def _listed(value: object) -> tuple[str, ...]:
    """A list, or one text with commas, as it was before v0.0.39."""
    if isinstance(value, str):
        return tuple(one for one in value.split(",") if one)
    return words(value)


def read_partition(record: Record) -> Queue | None:
    """One of /partitions/. v0.0.36 does not tell whether it is up: it counts as open."""
    name = text(record.get("name"))
    if not name:
        return None
    states = words(part(record, "partition", "state")) or words(record.get("state"))
    limit = part(record, "maximums", "time")
    return Queue(
        name,
        open=not states or states[0].upper() == "UP",
        state="+".join(states).lower(),
        cores=number(part(record, "cpus", "total")) or number(record.get("total_cpus")),
        max_walltime=minutes(record.get("max_time_limit") if limit is None else limit),
        default="DEFAULT" in (word.upper() for word in words(record.get("flags"))),
    )


def free_cores(queue: str, nodes: Iterable[ComputeNode]) -> int | None:
    """Cores of a partition that no job has, None where the nodes do not tell."""
    there = [node for node in nodes if queue in node.queues]
    if not there or any(node.cores_free is None for node in there):
        return None
    return sum(node.cores_free or 0 for node in there)


def read_counters(rest: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """What /diag/ counts, by its own names: jobs since midnight, and the scheduler's state."""
    statistics = part(rest, "statistics")
    if not isinstance(statistics, dict):
        return ()
    found = ((name, number(statistics.get(name))) for name in (*_COUNTERS, *_MORE_COUNTERS))
    return tuple((name, count) for name, count in found if count is not None)


def read_controller(record: Record) -> tuple[str, str] | None:
    """One of /ping/: its host, and whether it answers, as each version tells it."""
    host = visible(text(record.get("hostname")), 120)
    answers = record.get("responding")
    if not isinstance(answers, bool):  # before v0.0.42 a word of its own
        answers = (text(record.get("pinged")) or text(record.get("ping"))).upper() == "UP"
    mode = text(record.get("mode"))
    if not mode and isinstance(record.get("primary"), bool):
        mode = "primary" if record["primary"] else "backup"
    told = "answers" if answers else "does NOT answer"
    return (host, f"{told}{f' ({visible(mode, 40)})' if mode else ''}") if host else None
