"""Grid Engine's qsub options (its submit manual page), read into a Request."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from podtui.demo.batch import start_time
from podtui.demo.batch.arrays import grid_engine_tasks
from podtui.demo.batch.rejected import Rejected, bad_value
from podtui.demo.batch.request import Request
from podtui.demo.batch.units import seconds, size
from podtui.demo.batch.wordlist import assignments, split_list

_FLAGS = {"-cwd", "-V", "-h", "-terse", "-notify", "-clear", "-hard", "-soft"}
_IGNORED = {"-R", "-now", "-sync", "-b", "-shell", "-w", "-cell", "-ckpt", "-js", "-binding"}


def read(words: Sequence[str], request: Request) -> tuple[Request, list[str]]:
    """Add options to a request; give it and the words after the options.

    Raises Rejected with what qsub prints.
    """
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        count = 0 if option in _FLAGS else 2 if option == "-pe" else 1
        if option not in _HANDLERS and option not in _FLAGS and option not in _IGNORED:
            raise Rejected(f'qsub: Unknown option "{option}"', 2)
        if len(rest) < count:
            raise Rejected(f"qsub: {option} option requires an argument", 2)
        values, rest = rest[:count], rest[count:]
        handler = _HANDLERS.get(option)
        try:
            request = request if handler is None else handler(request, " ".join(values))
        except ValueError as error:
            raise bad_value(option) from error
    return request, rest


def job_name(value: str) -> str:
    """Check a `-N` name: no digit first and none of `/ : @ \\ * ?` or blanks that break lines."""
    if value[:1].isdigit():
        raise Rejected(
            f'Unable to run job: denied: "{value}" is not a valid object name '
            "(cannot start with a digit).\nExiting.",
            1,
        )
    if not value or re.search(r"[\n\t\r/:@\\*?\0]", value):
        raise ValueError(value)
    return value


def _resources(request: Request, value: str) -> Request:
    for name, given in assignments(value):
        kept = tuple(pair for pair in request.resources if pair[0] != name)
        request = replace(request, resources=(*kept, (name, given or "TRUE")))
        if name in {"h_rt", "walltime"} and given is not None:
            request = replace(request, walltime=seconds(given))
        elif name in {"h_vmem", "mem_free"} and given is not None:
            size(given)  # per slot: multiplied when all options are known, by `finish`
    return request


def finish(request: Request) -> Request:
    """Work out the whole job's memory, which Grid Engine counts for each slot."""
    asked = dict(request.resources)
    per_slot = asked.get("h_vmem", asked.get("mem_free"))
    return request if per_slot is None else replace(request, memory=size(per_slot) * request.cores)


def _environment(request: Request, value: str) -> Request:
    name, _, amount = value.partition(" ")
    low, dash, high = amount.partition("-")
    slots = int(high or low) if dash else int(low)
    if slots < 1 or (low and int(low) > slots):
        raise ValueError(value)
    return replace(request, environment_name=f"{name} {amount}", chunks=((1, slots),))


def _variables(request: Request, value: str) -> Request:
    found = assignments(value)
    names = {name for name, _ in found}
    kept = tuple(pair for pair in request.variables if pair[0] not in names)
    return replace(request, variables=(*kept, *found))


def _tasks(request: Request, value: str) -> Request:
    tasks, step = grid_engine_tasks(value)
    return replace(request, tasks=tasks, array_request=value, task_step=step)


def _limit(value: str) -> int:
    if int(value) < 1:
        raise ValueError(value)
    return int(value)


def _join(value: str) -> str:
    if value not in {"y", "yes", "n", "no"}:
        raise ValueError(value)
    return "oe" if value.startswith("y") else "n"


def _extra(name: str) -> Callable[[Request, str], Request]:
    return lambda request, value: replace(request, extras=(*request.extras, (name, value)))


_HANDLERS: dict[str, Callable[[Request, str], Request]] = {
    "-a": lambda request, value: replace(request, not_before=start_time.torque(value)),
    "-A": _extra("Account_Name"),
    "-P": _extra("project"),
    "-cwd": lambda request, _: replace(request, in_workdir=True, directory=None),
    "-wd": lambda request, value: replace(request, directory=value, in_workdir=False),
    "-e": lambda request, value: replace(request, error=split_list(value)[0]),
    "-o": lambda request, value: replace(request, output=split_list(value)[0]),
    "-h": lambda request, _: replace(request, hold=True),
    "-hold_jid": lambda request, value: replace(
        request, depend=(*request.depend, ("afterany", tuple(split_list(value))))
    ),
    "-j": lambda request, value: replace(request, join=_join(value)),
    "-l": _resources,
    "-m": lambda request, value: replace(request, mail_points=value),
    "-M": lambda request, value: replace(request, mail_users=value),
    "-N": lambda request, value: replace(request, name=job_name(value)),
    "-p": lambda request, value: replace(request, priority=int(value)),
    "-pe": _environment,
    "-q": lambda request, value: replace(request, queue=value.partition("@")[0]),
    "-r": lambda request, value: replace(request, rerunable=_join(value) == "oe"),
    "-S": lambda request, value: replace(request, shell=split_list(value)[0].split(":")[-1]),
    "-t": _tasks,
    "-tc": lambda request, value: replace(request, array_limit=_limit(value)),
    "-V": lambda request, _: replace(request, export_all=True),
    "-v": _variables,
}
