"""What resop runs beside jobs: the commands and operations of its operators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

from podtui.backends.resop.answers import (
    read_command,
    read_commands,
    read_names,
    read_operation,
)
from podtui.backends.resop.shell import SHORT_SECONDS, ResopShell
from podtui.backends.resop.wire import ResopWire, place
from podtui.backends.resop.words import check_value
from podtui.domain.operation import Operation, OperationResult
from podtui.domain.text import visible
from podtui.errors import BadAnswer, InputError, NotFound, NotOffered

OPERATORS = ("core", "slurm", "ldap", "utils", "auth", "linux-user", "db", "vagrantcluster")
"""resop lists no operators: these come with it. A site's own are run by their names."""
INPUT = "input"
_RUN = ("core", "run")
_LOGIN = ("auth", "login")
_HARMLESS = frozenset(
    {
        *(("slurm", name) for name in ("squeue", "sinfo", "sacct", "sreport", "report")),
        *(("utils", name) for name in ("hostname", "getent", "echo")),
        *(("ldap", name) for name in ("ldapsearch", "extractSalt", "passwd")),
        ("linux-user", "hashMD5"),
        ("db", "listUsers"),
    }
)
_BLOCKING = frozenset({("slurm", "srun"), ("slurm", "salloc")})
_BLOCKS = "resop answers nobody else until it ends."
_SECONDS = 600.0


class _Kind(Enum):
    """The middle part of an address."""

    COMMAND = "cmd"
    OPERATION = "opn"


class ResopOperations:
    """`Operations` of podtui.backends.base over resop."""

    def __init__(self, wire: ResopWire, shell: ResopShell) -> None:
        self._wire = wire
        self._shell = shell
        self._kinds: dict[tuple[str, str], _Kind] = {}

    async def operations(self) -> tuple[Operation, ...]:
        """All commands and operations of resop's own operators; some have no list of one."""
        found: list[Operation] = []
        for group in OPERATORS:
            names = read_names(await self._told(place(group, "operations")))
            commands = read_commands(await self._told(place(group, "commands")), group)
            operations = [await self._listed(group, name) for name in names]
            for kind, some in ((_Kind.OPERATION, operations), (_Kind.COMMAND, commands)):
                for one in some:
                    if self._kinds.setdefault((group, one.name), kind) is kind:
                        found.append(_marked(replace(one, options=())))
        return tuple(found)

    async def describe(self, operation: Operation) -> Operation:
        """One with its help and options; NotFound where there is no such."""
        group, name = operation.group, operation.name
        for kind in self._candidates(group, name):
            try:
                answer = await self._wire.get(place(group, kind.value, name))
            except NotFound:
                continue
            if not isinstance(answer, dict):
                raise BadAnswer(f"resop describes {visible(operation.title, 80)} in no known form.")
            command = read_command(answer, group) if kind is _Kind.COMMAND else None
            self._kinds[group, name] = kind
            return _marked(command or read_operation(answer, group, name))
        raise NotFound(
            f"resop has neither a command nor an operation {visible(operation.title, 80)}.",
            hint="`podtui ops` lists those it comes with.",
        )

    async def run(self, operation: Operation, values: Mapping[str, str]) -> OperationResult:
        """Run it; options it does not have are refused, for resop would pass over them."""
        group, name = operation.group, operation.name
        if (group, name) == _LOGIN:
            raise NotOffered("podtui logs in by itself; another login would end this one.")
        known = {option.name for option in operation.options}
        if operation.takes_input:
            known.add(INPUT)
        for option, value in values.items():
            if option not in known:
                raise InputError(f"{operation.title} has no option {visible(option, 60)}.")
            if (group, name) != _RUN:
                check_value(option, value)
        if (group, name) == _RUN:
            return await self._run_text(values.get(INPUT, ""))
        kind = self._kinds.get((group, name)) or next(iter(self._candidates(group, name)))
        reply = await self._wire.post(
            place(group, kind.value, name), values, changes=operation.changes, seconds=_SECONDS
        )
        return OperationResult(reply.succeeded, reply.said, reply.log)

    async def _run_text(self, text: str) -> OperationResult:
        """core/run, by podtui's own shell: it cannot wait for input, nor hang for long."""
        if not text.strip():
            raise InputError("There is nothing to run.")
        output = await self._shell.script(text, timeout=SHORT_SECONDS, changes=True)
        said = (output.stdout + output.stderr).decode("utf-8", "replace")
        log = () if output.returncode == 0 else (f"exit status {output.returncode}",)
        return OperationResult(output.returncode == 0, said, log)

    async def _listed(self, group: str, name: str) -> Operation:
        """An operation with its help, which the list of names does not tell."""
        answer = await self._told(place(group, _Kind.OPERATION.value, name))
        return read_operation(answer if isinstance(answer, dict) else {}, group, name)

    def _candidates(self, group: str, name: str) -> tuple[_Kind, ...]:
        known = self._kinds.get((group, name))
        return (known,) if known else (_Kind.OPERATION, _Kind.COMMAND)

    async def _told(self, path: str) -> object:
        """What is behind `path`, None where there is nothing (told as 404 or 500)."""
        try:
            return await self._wire.get(path)
        except (NotFound, BadAnswer):
            return None


def _marked(operation: Operation) -> Operation:
    """With whether it changes something, and a warning where it holds everybody up."""
    key = (operation.group, operation.name)
    told = operation.help.strip()
    if key in _BLOCKING:
        told = f"{told} {_BLOCKS}".strip()
    if key == _RUN:
        told = f"{told} (podtui runs it by sh, for {SHORT_SECONDS:.0f} seconds at most.)"
    return replace(operation, help=told, changes=key not in _HARMLESS)
