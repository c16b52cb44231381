"""`qstat -B -f`, `qstat -Q -f` and the tables of `qstat -Q` and `qstat -q` → queues. Pure.

Attributes: pbs_queue_attributes(7B), pbs_server_attributes(7B). The tables are all that Slurm's
wrappers offer; there an unknown number is `?` or `--`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from podtui.backends.schedulers.pbs_text import records
from podtui.backends.schedulers.pbs_values import duration, whole
from podtui.domain.queue import Queue
from podtui.domain.text import from_bytes
from podtui.errors import BadAnswer

_COUNT = re.compile(r"(\w+):(\d{1,12})")
_WAITING = ("Queued", "Held", "Waiting")
_YES = frozenset(("true", "yes", "1"))
_RULE = re.compile(r"-{3,}[\s-]*")
_LONG_COLUMNS = (12, 13)  # qstat -Q: Queue Max Tot Ena Str Que Run Hld Wat Trn Ext T [Cpt]
_SHORT_COLUMNS = 10  # qstat -q: Queue Memory CPU Walltime Node Run Que Lm and two of State


def read_queues(stdout: bytes) -> tuple[Queue, ...]:
    """The queues of `qstat -B -f` and `qstat -Q -f` in one text; routing queues among them."""
    head = stdout.partition(b"\nQueue:")[0]
    servers = [record.facts for record in records(head, "server")]
    default = next((s["default_queue"] for s in servers if "default_queue" in s), "")
    queues = tuple(_queue(r.id, r.facts, default) for r in records(stdout, "queue") if r.id)
    if not queues and stdout.strip() and not servers:
        raise BadAnswer("qstat -Q -f told no queue.")
    return queues


def _queue(name: str, facts: Mapping[str, str], default: str) -> Queue:
    enabled = facts.get("enabled", "").lower() in _YES
    started = facts.get("started", "").lower() in _YES
    counts = {word: int(count) for word, count in _COUNT.findall(facts.get("state_count", ""))}
    cores = whole(facts.get("resources_available.ncpus", ""))
    taken = whole(facts.get("resources_assigned.ncpus", ""))
    return Queue(
        name=name,
        open=enabled and started,
        state=_words(enabled, started, facts.get("queue_type", "")),
        cores=cores,
        cores_free=max(cores - (taken or 0), 0) if cores is not None else None,
        running=counts.get("Running") if counts else None,
        waiting=sum(counts.get(word, 0) for word in _WAITING) if counts else None,
        max_walltime=duration(facts.get("resources_max.walltime", "")),
        default=name == default,
    )


def _words(enabled: bool, started: bool, kind: str) -> str:
    told = "enabled" if enabled else "disabled"
    told += ", started" if started else ", stopped"
    return told + (", routing" if kind.lower().startswith("r") else "")


def read_queue_table(stdout: bytes) -> tuple[Queue, ...]:
    """The rows of `qstat -Q` or `qstat -q` below the line of dashes."""
    lines = from_bytes(stdout).splitlines()
    rules = [number for number, line in enumerate(lines) if _RULE.fullmatch(line.strip())]
    if not rules:
        raise BadAnswer("qstat told no table of queues.")
    rows = [line.split() for line in lines[rules[0] + 1 :]]
    found = (_long_row(row) or _short_row(row) for row in rows)
    return tuple(queue for queue in found if queue is not None)


def _long_row(row: list[str]) -> Queue | None:
    if len(row) not in _LONG_COLUMNS or row[3] not in ("yes", "no"):
        return None
    enabled, started = row[3] == "yes", row[4] == "yes"
    waits = [whole(row[column]) for column in (5, 7, 8)]
    return Queue(
        name=row[0],
        open=enabled and started,
        state=_words(enabled, started, row[11]),
        running=whole(row[6]),
        waiting=None if None in waits else sum(count or 0 for count in waits),
    )


def _short_row(row: list[str]) -> Queue | None:
    if len(row) != _SHORT_COLUMNS or row[8] not in ("E", "D"):
        return None
    enabled, started = row[8] == "E", row[9] == "R"
    return Queue(
        name=row[0],
        open=enabled and started,
        state=_words(enabled, started, ""),
        running=whole(row[5]),
        waiting=whole(row[6]),
        max_walltime=duration(row[3]),
    )
