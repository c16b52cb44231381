"""From a script and options to a submission that the queue takes."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from podtui.demo.batch import gridengine, torque
from podtui.demo.batch.directives import Dialect, directives
from podtui.demo.batch.environment import submitted_variables
from podtui.demo.batch.limits import place
from podtui.demo.batch.outputs import with_folders_marked
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.queue import Queue
from podtui.demo.batch.rejected import Rejected
from podtui.demo.batch.request import Request
from podtui.demo.batch.submission import Submission


def read_script(path: Path) -> bytes:
    """Read a script as qsub does; Rejected when it cannot be, or is no text."""
    try:
        script = path.read_bytes()
    except OSError as error:
        raise Rejected(
            f"qsub: script file '{path}' cannot be loaded - {error.strerror}", 1
        ) from error
    if b"\0" in script:
        raise Rejected("qsub: file must be an ascii script", 1)
    return script


def asked(script: bytes, dialect: Dialect, arguments: Sequence[str]) -> Request:
    """Add up the script's directives and the options, which beat them."""
    words = directives(script.decode(errors="surrogateescape"), dialect)
    if dialect == "TRQ":
        request, _ = torque.read(words, Request())
        request, _ = torque.read(arguments, request)
    else:
        request, _ = gridengine.read(words, Request())
        request, _ = gridengine.read(arguments, request)
        request = gridengine.finish(request)
    return request


def admit(
    sequence: int,
    owner: Owner,
    script: bytes,
    *,
    script_name: str,
    dialect: Dialect,
    workdir: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    queues: Sequence[Queue],
    slots: int,
    server: str,
    host: str,
    now: float,
    script_arguments: Sequence[str] = (),
) -> Submission:
    """Make the submission; Rejected when an option, the queue or the name is not as it must be."""
    request, queue = place(asked(script, dialect, arguments), queues, dialect)
    request = replace(request, arguments=request.arguments or tuple(script_arguments))
    submission = Submission(
        sequence=sequence,
        server=server,
        dialect=dialect,
        owner=owner,
        host=host,
        workdir=workdir,
        request=request,
        queue=queue.name,
        name=request.name or _name_from(script_name, dialect),
        submit_args=shlex.join([*arguments, script_name]),
        variables=submitted_variables(request, environment),
        qtime=now,
        slots=min(request.cores, slots),
    )
    base = workdir if dialect == "TRQ" else submission.start_directory
    return replace(submission, request=with_folders_marked(request, base, owner.home))


def _name_from(script_name: str, dialect: Dialect) -> str:
    if dialect == "SGE":
        return gridengine.job_name(script_name)
    name = script_name[:15]
    if not re.fullmatch(r"[!-.0-~]+", name):
        raise Rejected("qsub: cannot form a valid job name from the script name", 1)
    return name
