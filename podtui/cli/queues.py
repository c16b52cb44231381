"""`podtui queues`: queues and machines, and what is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podtui.cli.call import Answer, Call
from podtui.cli.facts import machine_facts, queue_facts
from podtui.cli.output import one_line
from podtui.cli.tables import ascii_table
from podtui.errors import NotOffered

if TYPE_CHECKING:
    from podtui.domain.queue import ComputeNode, Queue
    from podtui.services.session import Session


async def show(call: Call, session: Session) -> Answer:
    """One table of queues, one of machines."""
    queues = await session.jobs.queues(call.cluster)
    try:
        machines = await session.jobs.compute_nodes(call.cluster)
    except NotOffered as error:
        call.out.note(f"podtui: {one_line(error.message)}")
        machines = ()
    data = {
        "queues": [queue_facts(queue) for queue in queues],
        "machines": [machine_facts(machine) for machine in machines],
    }
    return Answer(data, (*_queue_table(queues), *_machine_table(machines)))


def _queue_table(queues: tuple[Queue, ...]) -> tuple[str, ...]:
    head = ("Queue", "State", "Cores free", "of", "Running", "Waiting", "Longest")
    return ascii_table(
        head,
        [
            (
                f"{queue.name}*" if queue.default else queue.name,
                queue.state or ("open" if queue.open else "closed"),
                _count(queue.cores_free),
                _count(queue.cores),
                _count(queue.running),
                _count(queue.waiting),
                str(queue.max_walltime or ""),
            )
            for queue in queues
        ],
    )


def _machine_table(machines: tuple[ComputeNode, ...]) -> tuple[str, ...]:
    head = ("Machine", "State", "Cores free", "of", "Memory free", "of MB", "Queues")
    return ascii_table(
        head,
        [
            (
                machine.name,
                machine.state,
                _count(machine.cores_free),
                _count(machine.cores),
                _count(machine.memory_free),
                _count(machine.memory),
                ", ".join(machine.queues),
            )
            for machine in machines
        ],
    )


def _count(number: int | None) -> str:
    return "" if number is None else str(number)
