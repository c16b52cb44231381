"""qsub on the pod's shells."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.demo.batch import gridengine, torque
from podtui.demo.batch.admission import read_script
from podtui.demo.batch.directives import Dialect, dialect_of
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.rejected import Rejected
from podtui.demo.batch.request import Request
from podtui.demo.batch.tools.answer import Answer

if TYPE_CHECKING:
    from podtui.demo.batch.engine import Engine

HOST_VARIABLE = "POD_LOGIN_HOST"  # a login node's name, told to its shells
_USAGE = """\
usage: qsub [-a date_time] [-A account] [-d path] [-e path] [-F "arguments"] [-h] [-j oe|eo|n]
    [-k o|e|oe|n] [-l resource_list] [-m n|abe] [-M user_list] [-N jobname] [-o path]
    [-p priority] [-q queue] [-r y|n] [-S path] [-t array_request] [-v variable_list] [-V]
    [-W depend=type:id[:id...]] [-z] [script]
The script is read from standard input when none is named. A script with "#$" lines and no "#PBS"
line is a Grid Engine one: its options are Grid Engine's, and so are those given with it
(-cwd -hold_jid -j y -l h_rt= -N -o -e -pe -t -tc -v -V -wd and more). The id is printed alike.
"""


@dataclass(frozen=True)
class Caller:
    """Who calls qsub, from where, with which environment."""

    owner: Owner
    workdir: Path
    environment: Mapping[str, str]


def needs_stdin(arguments: Sequence[str]) -> bool:
    """Tell whether the script comes from standard input: its options leave no word for a name."""
    return "--help" not in arguments and [] in (
        _operands(arguments, "TRQ"),
        _operands(arguments, "SGE"),
    )


def _operands(arguments: Sequence[str], dialect: Dialect) -> list[str] | None:
    """Give the words after the options; None when these cannot be read."""
    reader = torque.read if dialect == "TRQ" else gridengine.read
    try:
        return reader(arguments, Request())[1]
    except Rejected:
        return None


async def qsub(
    engine: "Engine", caller: Caller, arguments: Sequence[str], stdin: str | None
) -> Answer:
    """Submit a script and print its id."""
    if "--help" in arguments:
        return Answer(stdout=_USAGE)
    try:
        job = await _submitted(engine, caller, arguments, stdin)
    except Rejected as error:
        return Answer(stderr=f"{error}\n{_USAGE if error.code == 2 else ''}", code=error.code)
    return Answer(stdout="" if "-z" in arguments else f"{job}\n")


async def _submitted(
    engine: "Engine", caller: Caller, arguments: Sequence[str], stdin: str | None
) -> str:
    if stdin is None:
        operands = _operands(arguments, "TRQ") or _operands(arguments, "SGE")
        if not operands:
            torque.read(arguments, Request())  # tells what is wrong with the options
            operands = [""]
        script = caller.workdir / operands[0]
        return await _submit(engine, caller, arguments, script, script.name)
    with tempfile.NamedTemporaryFile(prefix="qsub-") as stream:
        stream.write(stdin.encode(errors="surrogateescape"))
        stream.flush()
        return await _submit(engine, caller, arguments, Path(stream.name), "STDIN")


async def _submit(
    engine: "Engine", caller: Caller, arguments: Sequence[str], script: Path, name: str
) -> str:
    dialect = dialect_of(read_script(script).decode(errors="surrogateescape"))
    reader = torque.read if dialect == "TRQ" else gridengine.read
    _, rest = reader(arguments, Request())
    return await engine.submit(
        caller.owner,
        script,
        dialect=dialect,
        workdir=Path(os.path.normpath(caller.workdir)),
        arguments=arguments[: len(arguments) - len(rest)],
        environment=caller.environment,
        host=caller.environment.get(HOST_VARIABLE),
        name=name,
        script_arguments=rest[1:],
    )
