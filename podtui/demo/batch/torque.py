"""TORQUE's qsub options (its manual page), read into a Request."""

import getopt
import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from podtui.demo.batch import start_time
from podtui.demo.batch.arrays import torque_tasks
from podtui.demo.batch.rejected import Rejected, bad_value
from podtui.demo.batch.request import Request
from podtui.demo.batch.units import seconds, size
from podtui.demo.batch.wordlist import assignments

OPTIONS = "a:A:C:c:d:e:F:fhj:k:l:m:M:nN:o:p:P:q:r:S:t:u:Vv:w:W:xz"
_SHOWN = {"-A": "Account_Name", "-c": "Checkpoint", "-P": "proxy_user", "-u": "User_List"}
_DEPENDENCIES = {"after", "afterok", "afternotok", "afterany"}
_JOB_ID = re.compile(r"\d+(\[\d*\])?(\.[A-Za-z0-9.-]+)?(@[A-Za-z0-9.-]+)?")
_SIZES = {"mem", "pmem", "vmem", "pvmem", "file"}
_COUNTS = {"procs", "ncpus"}


def read(words: Sequence[str], request: Request) -> tuple[Request, list[str]]:
    """Add options to a request; give it and the words after the options.

    Raises Rejected with what qsub prints.
    """
    try:
        options, rest = getopt.getopt(list(words), OPTIONS)
    except getopt.GetoptError as error:
        fault = (
            "option requires an argument" if error.msg.endswith("argument") else "invalid option"
        )
        raise Rejected(f"qsub: {fault} -- '{error.opt}'", 2) from error
    for option, value in options:
        try:
            request = _apply(request, option, value)
        except ValueError as error:
            raise bad_value(option) from error
    return request, rest


def _apply(request: Request, option: str, value: str) -> Request:
    if option in _SHOWN:
        return replace(request, extras=(*request.extras, (_SHOWN[option], value)))
    handler = _HANDLERS.get(option)
    return handler(request, value) if handler is not None else request


def job_name(value: str) -> str:
    """Check a `-N` name: a letter first, at most 15 printable characters without blanks."""
    if not re.fullmatch(r"[A-Za-z][!-.0-~]{0,14}", value):
        raise ValueError(value)
    return value


def _one_of(value: str, allowed: Iterable[str]) -> str:
    if value not in allowed:
        raise ValueError(value)
    return value


def _resources(request: Request, value: str) -> Request:
    for name, given in assignments(value):
        if given is None:
            raise ValueError(name)
        kept = tuple(pair for pair in request.resources if pair[0] != name)
        request = replace(request, resources=(*kept, (name, given)))
        if name == "walltime":
            request = replace(request, walltime=seconds(given))
        elif name == "nodes":
            request = replace(request, chunks=_chunks(given))
        elif name in _COUNTS:
            request = replace(request, chunks=((1, int(_positive(given))),))
        elif name in _SIZES:
            request = replace(request, memory=size(given) if name == "mem" else request.memory)
    return request


def _positive(text: str) -> str:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(text)
    return text


def _chunks(value: str) -> tuple[tuple[int, int], ...]:
    """Read `2:ppn=4:gpus=1+n7:ppn=2`: a number of nodes, or the name of one."""
    chunks = []
    for part in value.split("+"):
        head, *properties = part.split(":")
        if not head:
            raise ValueError(value)
        cores = 1
        for item in properties:
            name, _, given = item.partition("=")
            cores = int(_positive(given)) if name == "ppn" else cores
        chunks.append((int(_positive(head)) if head[0].isdigit() else 1, cores))
    return tuple(chunks)


def _variables(request: Request, value: str) -> Request:
    found = assignments(value)
    names = {name for name, _ in found}
    kept = tuple(pair for pair in request.variables if pair[0] not in names)
    return replace(request, variables=(*kept, *found))


def _attributes(request: Request, value: str) -> Request:
    for name, given in _attribute_list(value):
        if name == "depend":
            request = replace(request, depend=_depend(given))
        elif name in {"group_list", "umask"}:
            request = replace(request, extras=(*request.extras, (name, given)))
        else:
            raise Rejected(f"qsub: -W {name} is not offered by this pod", 1)
    return request


def _attribute_list(value: str) -> list[tuple[str, str]]:
    """Split `-W a=b,depend=afterok:1,afterany:2`, where a dependency list has commas of its own."""
    found: list[tuple[str, str]] = []
    for part in value.split(","):
        name, equals, given = part.partition("=")
        if equals:
            found.append((name.strip(), given))
        elif found and found[-1][0] == "depend":
            found[-1] = ("depend", f"{found[-1][1]},{part}")
        else:
            raise ValueError(part)
    return found


def _depend(value: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    for part in value.split(","):
        kind, *ids = part.strip().split(":")
        kind = kind.removesuffix("array")
        if kind not in _DEPENDENCIES:
            raise Rejected(f"qsub: dependency type {kind!r} is not offered by this pod", 1)
        if not ids or not all(_JOB_ID.fullmatch(job) for job in ids):
            raise ValueError(part)
        found.append((kind, tuple(job.partition("@")[0] for job in ids)))
    return tuple(found)


def _tasks(request: Request, value: str) -> Request:
    tasks, most = torque_tasks(value)
    return replace(request, tasks=tasks, array_request=value, array_limit=most)


def _priority(value: str) -> int:
    number = int(value)
    if not -1024 <= number <= 1023:
        raise ValueError(value)
    return number


_HANDLERS: dict[str, Callable[[Request, str], Request]] = {
    "-a": lambda request, value: replace(request, not_before=start_time.torque(value)),
    "-d": lambda request, value: replace(request, directory=value),
    "-w": lambda request, value: replace(request, directory=value),
    "-e": lambda request, value: replace(request, error=value),
    "-F": lambda request, value: replace(request, arguments=tuple(shlex.split(value))),
    "-h": lambda request, _: replace(request, hold=True),
    "-j": lambda request, value: replace(request, join=_one_of(value, ("oe", "eo", "n"))),
    "-k": lambda request, value: replace(request, keep=_one_of(value, ("e", "o", "eo", "oe", "n"))),
    "-l": _resources,
    "-m": lambda request, value: replace(
        request, mail_points=_one_of(value, {"n", value} if set(value) <= set("abe") else {"n"})
    ),
    "-M": lambda request, value: replace(request, mail_users=value),
    "-N": lambda request, value: replace(request, name=job_name(value)),
    "-o": lambda request, value: replace(request, output=value),
    "-p": lambda request, value: replace(request, priority=_priority(value)),
    "-q": lambda request, value: replace(request, queue=value.partition("@")[0]),
    "-r": lambda request, value: replace(request, rerunable=_one_of(value, ("y", "n")) == "y"),
    "-S": lambda request, value: replace(request, shell=value.partition("@")[0]),
    "-t": _tasks,
    "-V": lambda request, _: replace(request, export_all=True),
    "-v": _variables,
    "-W": _attributes,
}
