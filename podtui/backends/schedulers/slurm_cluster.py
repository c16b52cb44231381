"""Slurm's partitions and nodes: the answers of sinfo and of `scontrol -o show node`."""

from __future__ import annotations

import re
from dataclasses import replace

from podtui.backends.schedulers.slurm_values import number, present, span
from podtui.domain.queue import ComputeNode, Queue

QUEUE_FORMAT = "\x1f".join(("%R", "%P", "%a", "%l", "%C"))
_CORES = re.compile(r"(\d+)/(\d+)/(\d+)/(\d+)")  # allocated, idle, other, all
_PAIR = re.compile(r"(?:^|\s)([A-Z]\w*)=(\S*)")
_AWAY = frozenset(
    {
        "DOWN",
        "DRAIN",
        "DRAINED",
        "DRAINING",
        "ERROR",
        "FAIL",
        "FAILING",
        "FUTURE",
        "INVAL",
        "INVALID_REG",
        "MAINT",
        "MAINTENANCE",
        "NOT_RESPONDING",
        "POWERING_DOWN",
        "REBOOT_ISSUED",
        "REBOOT_REQUESTED",
        "REBOOT",
        "UNKNOWN",
    }
)


def read_queues(text: str) -> tuple[Queue, ...]:
    """The partitions; rows of one partition (sinfo may split it) become one."""
    found: dict[str, Queue] = {}
    for line in text.splitlines():
        queue = _queue(line.split("\x1f"))
        if queue is None:
            continue
        before = found.get(queue.name)
        found[queue.name] = _added(before, queue) if before else queue
    return tuple(found.values())


def _queue(values: list[str]) -> Queue | None:
    if len(values) != 5 or not values[0]:
        return None
    name, marked, available, limit, told = values
    cores = _CORES.fullmatch(told)
    return Queue(
        name,
        open=available == "up",
        state=available,
        cores=int(cores[4]) if cores else None,
        cores_free=int(cores[2]) if cores else None,
        max_walltime=span(limit),
        default=marked.endswith("*"),
    )


def _added(one: Queue, other: Queue) -> Queue:
    return replace(
        one,
        cores=(one.cores or 0) + (other.cores or 0),
        cores_free=(one.cores_free or 0) + (other.cores_free or 0),
    )


def read_nodes(text: str) -> tuple[ComputeNode, ...]:
    """The nodes, one a line; a line without a name or a state is left out."""
    nodes = (_node(line) for line in text.splitlines())
    return tuple(node for node in nodes if node is not None)


def _node(line: str) -> ComputeNode | None:
    fields: dict[str, str] = {}
    for key, value in _PAIR.findall(line):
        fields.setdefault(key, value)
    name, state = fields.get("NodeName", ""), fields.get("State", "")
    if not name or not state:
        return None
    usable = "*" not in state and not _AWAY.intersection(re.split(r"[+*~#!%$@^-]+", state))
    cores = number(fields.get("CPUEfctv", fields.get("CPUTot", "")))
    memory = number(fields.get("RealMemory", ""))
    return ComputeNode(
        name,
        usable,
        state,
        cores=cores,
        cores_free=_less(cores, fields.get("CPUAlloc", "")) if usable else 0,
        memory=memory,
        memory_free=_less(memory, fields.get("AllocMem", "")) if usable else 0,
        queues=tuple(filter(None, fields.get("Partitions", "").split(","))),
        properties=tuple(
            value
            for key in ("AvailableFeatures", "Gres")
            for value in present(fields.get(key, "")).split(",")
            if value
        ),
    )


def _less(whole: int | None, used: str) -> int | None:
    taken = number(used)
    return max(0, whole - taken) if whole is not None and taken is not None else None
