"""Queues from `qstat -g c -xml` and `qconf -sq`, machines from `qhost -q -xml`; slots are cores."""

from __future__ import annotations

import re
from datetime import timedelta

from podtui.backends.schedulers.sge_times import duration
from podtui.backends.schedulers.sge_xml import Element
from podtui.domain.queue import ComputeNode, Queue

_FACTOR = {"K": 1 / 1024, "M": 1.0, "G": 1024.0, "T": 1024.0 * 1024}
_MEMORY = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)([KMGT])")


def queues(answer: Element, configuration: str) -> tuple[Queue, ...]:
    """The cluster queues; one is open while some of its slots are neither disabled nor in error."""
    limits = _limits(configuration)
    found = []
    for summary in answer.all("cluster_queue_summary"):
        total = _whole(summary.value("total"))
        stopped = _whole(summary.value("temp_disabled")) or 0
        broken = _whole(summary.value("manual_intervention")) or 0
        is_open = bool(total) and stopped + broken < (total or 0)
        words = [f"{stopped} stopped"] * bool(stopped) + [f"{broken} disabled"] * bool(broken)
        name = summary.value("name")
        found.append(
            Queue(
                name=name,
                open=is_open,
                state=", ".join(words) or ("open" if is_open else "no slots"),
                cores=total,
                cores_free=_whole(summary.value("available")),
                max_walltime=limits.get(name),
            )
        )
    return tuple(found)


def _limits(configuration: str) -> dict[str, timedelta]:
    """`h_rt` of each queue's configuration; hosts may have others (`INFINITY,[host=1:00:00]`)."""
    found = {}
    name = ""
    for line in configuration.replace("\\\n", " ").splitlines():
        key, _, value = line.partition(" ")
        if key == "qname":
            name = value.strip()
        elif key == "h_rt":
            limit = duration(value.split(",")[0])
            if limit:
                found[name] = limit
    return found


def nodes(answer: Element) -> tuple[ComputeNode, ...]:
    """The machines; cores and free ones are the slots of their queue with the most of them.

    Queues of one machine share its processors. A state letter at a queue (alarm, disabled, error,
    suspended, unknown) keeps jobs away from it.
    """
    return tuple(_node(host) for host in answer.all("host") if host.attribute("name") != "global")


def _node(host: Element) -> ComputeNode:
    facts = {one.attribute("name"): one.text for one in host.children if one.tag == "hostvalue"}
    listed = [(one.attribute("name"), _queue_facts(one)) for one in host.all("queue")]
    usable = [facts for _, facts in listed if not facts.get("state_string")]
    slots = [_whole(facts.get("slots", "")) or 0 for _, facts in listed]
    answers = facts.get("load_avg", "-") != "-"
    states = [f"{name}: {one['state_string']}" for name, one in listed if one.get("state_string")]
    total, used = _megabytes(facts.get("mem_total", "")), _megabytes(facts.get("mem_used", ""))
    return ComputeNode(
        name=host.attribute("name"),
        usable=answers and bool(usable),
        state=", ".join(states) or ("up" if answers else "does not answer"),
        cores=max(slots) if slots else _whole(facts.get("num_proc", "")),
        cores_free=max(map(_free, usable), default=0) if answers else 0,
        memory=total,
        memory_free=max(0, total - used) if total is not None and used is not None else None,
        queues=tuple(name for name, _ in listed),
        properties=tuple(arch for arch in [facts.get("arch_string", "-")] if arch not in ("", "-")),
    )


def _queue_facts(queue: Element) -> dict[str, str]:
    return {one.attribute("name"): one.text.strip() for one in queue.children}


def _free(facts: dict[str, str]) -> int:
    taken = sum(_whole(facts.get(name, "")) or 0 for name in ("slots_used", "slots_resv"))
    return max(0, (_whole(facts.get("slots", "")) or 0) - taken)


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text.strip()) else None


def _megabytes(text: str) -> int | None:
    match = _MEMORY.fullmatch(text.strip())
    return round(float(match[1]) * _FACTOR[match[2]]) if match else None
