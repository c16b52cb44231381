"""What slurmrestd does beside the usual acts: signals, limits, reservations, counters, pings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from podtui.backends.slurmrest.jobs import SlurmRestJobs
from podtui.backends.slurmrest.read_cluster import Reservation
from podtui.domain.operation import Operation, OperationResult, Option
from podtui.domain.text import visible
from podtui.domain.translate.quantity import Unreadable, slurm_seconds
from podtui.errors import InputError, NotFound

GROUP = "slurm"
_JOB = Option("job", "Its id: 9, 9_3 for a task of an array, 9+1 for a part of a het job.")
_LIMITS = (
    Option("time", "Its time limit from its start: minutes, H:MM:SS or D-HH:MM:SS."),
    Option("partition", "The partition it waits for."),
    Option("nice", "How much it steps back: a whole number."),
)
_SIGNALS = "Its name, such as USR1, INT, TERM, STOP or CONT."
Run = Callable[[SlurmRestJobs, Mapping[str, str]], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class _Deed:
    """An operation as a person meets it, and what it does with the values set."""

    shown: Operation
    run: Run


class SlurmRestOperations:
    """`Operations` of podtui.backends.base over slurmrestd."""

    def __init__(self, jobs: Callable[[], SlurmRestJobs]) -> None:
        self._jobs = jobs

    async def operations(self) -> tuple[Operation, ...]:
        """All of them, without their options."""
        return tuple(replace(deed.shown, options=()) for deed in _DEEDS.values())

    async def describe(self, operation: Operation) -> Operation:
        """One with its options; NotFound where there is no such."""
        return _deed(operation).shown

    async def run(self, operation: Operation, values: Mapping[str, str]) -> OperationResult:
        """Run it; InputError, with nothing sent, for a value it cannot take."""
        deed = _deed(operation)
        known = {option.name for option in deed.shown.options}
        for name in values:
            if name not in known:
                raise InputError(f"{operation.title} has no option {visible(name, 60)}.")
        filled = {name: value.strip() for name, value in values.items() if value.strip()}
        return OperationResult(succeeded=True, output=await deed.run(self._jobs(), filled))


def _deed(operation: Operation) -> _Deed:
    found = _DEEDS.get(operation.name) if operation.group == GROUP else None
    if found is None:
        raise NotFound(
            f"slurmrestd has no operation {visible(operation.title, 80)}.",
            hint="`podtui ops` lists them.",
        )
    return found


async def _signal(jobs: SlurmRestJobs, values: Mapping[str, str]) -> str:
    job_id, name = _needed(values, "job"), _needed(values, "signal")
    await jobs.signal(job_id, name)
    return f"Slurm passes {name} on to job {job_id}.\n"


async def _update(jobs: SlurmRestJobs, values: Mapping[str, str]) -> str:
    job_id = _needed(values, "job")
    await jobs.update(
        job_id,
        walltime=_limit(values["time"]) if "time" in values else None,
        queue=values.get("partition", ""),
        nice=_whole(values["nice"]) if "nice" in values else None,
    )
    told = (f"{name} {value}" for name, value in values.items() if name != "job")
    return f"Job {job_id} has now: {', '.join(told)}.\n"


async def _reservations(jobs: SlurmRestJobs, _: Mapping[str, str]) -> str:
    found = await jobs.reservations()
    return "".join(map(_line, found)) or "There are no reservations.\n"


async def _diagnostics(jobs: SlurmRestJobs, _: Mapping[str, str]) -> str:
    return "".join(f"{name:<24}{count:>12}\n" for name, count in await jobs.diagnostics())


async def _ping(jobs: SlurmRestJobs, _: Mapping[str, str]) -> str:
    found = await jobs.controllers()
    return "".join(f"{host}  {told}\n" for host, told in found) or "No controller is told.\n"


def _needed(values: Mapping[str, str], name: str) -> str:
    try:
        return values[name]
    except KeyError:
        raise InputError(f"Nothing says which {name} is meant.", hint=f"Set {name}.") from None


def _limit(text: str) -> timedelta:
    try:
        return timedelta(seconds=slurm_seconds(text))
    except (Unreadable, OverflowError):
        raise InputError(
            f"{visible(text, 60)!r} is no time limit.", hint="Write minutes, or D-HH:MM:SS."
        ) from None


def _whole(text: str) -> int:
    bare = text.removeprefix("-")
    if not (bare.isascii() and bare.isdigit() and len(bare) < 10):
        raise InputError(f"{visible(text, 60)!r} is no whole number.")
    return int(text)


def _line(one: Reservation) -> str:
    span = f"{_when(one.start)} to {_when(one.end)}"
    more = {
        "nodes": one.nodes,
        "partition": one.partition,
        "users": one.users,
        "accounts": one.accounts,
        "flags": ",".join(one.flags),
    }
    told = "".join(f"  {name} {value}" for name, value in more.items() if value)
    return f"{one.name}  {span}{told}\n"


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "?"


def _shown(name: str, told: str, *options: Option, changes: bool = False) -> Operation:
    return Operation(GROUP, name, told, options=options, changes=changes)


_DEEDS: dict[str, _Deed] = {
    deed.shown.name: deed
    for deed in (
        _Deed(
            _shown(
                "signal", "Send a job a signal.", _JOB, Option("signal", _SIGNALS), changes=True
            ),
            _signal,
        ),
        _Deed(
            _shown(
                "update",
                "Change what a job asks for; only an operator may give a running job more time.",
                _JOB,
                *_LIMITS,
                changes=True,
            ),
            _update,
        ),
        _Deed(_shown("reservations", "The nodes set aside, when and for whom."), _reservations),
        _Deed(
            _shown("diag", "What the scheduler counts: jobs since midnight, its cycle in µs."),
            _diagnostics,
        ),
        _Deed(_shown("ping", "Which controllers answer slurmrestd."), _ping),
    )
}
