"""Looking for a Slurm job by its token: in the queue, then in accounting.

The token is in the job's comment. The queue keeps it while the job is there and for MinJobAge
after; accounting gets the comment when the job ends, and only where AccountingStoreFlags has
job_comment (Slurm before 21.08: always).
"""

from __future__ import annotations

import re
import shlex

from podtui.backends.schedulers.base import Argv, Output
from podtui.backends.schedulers.slurm_list import records
from podtui.backends.schedulers.slurm_trouble import failed, trouble
from podtui.backends.schedulers.slurm_values import base_of
from podtui.domain.script import find_token
from podtui.errors import NotOffered

_WINDOW = "now-7days"  # how far back accounting is asked; a lost answer is looked up much sooner
_MINE = '-u "$(id -un)"'  # anybody can see a token, and put it on a job of theirs
_ROW = re.compile(r"^(\d[\d_+\[\],%-]*)\x1f", re.MULTILINE)


def find_script(mark: str, squeue: Argv, env: Argv) -> str:
    """Both questions as one sh script; the queue's exit code and then sacct's stand in between."""
    queue = shlex.join((*squeue, "-h", "-a", "-t", "all", "-o", f"\x1e{mark}\x1f%i\x1f%k"))
    sacct = (*env, "sacct", "-n", "-P", "-X", "--delimiter=\x1f", "-S", _WINDOW)
    ended = shlex.join((*sacct, "-o", "JobID,Comment"))
    return (
        f"{queue} {_MINE} || exit $?; printf '\\036%s\\037queue\\n' {mark}; echo {mark} >&2; "
        f"{ended} {_MINE}"
    )


def read_found(token: str, text: str, mark: str, output: Output) -> tuple[str, ...]:
    """The ids of what carries the token, each once: an array and a het job have one."""
    head, told, tail = text.rpartition(f"\x1e{mark}\x1fqueue\n")
    if not told:
        raise trouble(output)
    found = {
        base_of(values[0]): None
        for values in records(head, mark, 2)
        if values is not None and find_token(values[1]) == token
    }
    parts = iter(_ROW.split(tail)[1:])
    found |= {
        base_of(job_id): None
        for job_id, comment in zip(parts, parts, strict=True)
        if find_token(comment) == token
    }
    if not found:
        _check_accounting(output, mark)
    return tuple(found)


def _check_accounting(output: Output, mark: str) -> None:
    """Nothing found is certain only when accounting answered, or there is none to ask."""
    said = output.stderr.rpartition(mark.encode() + b"\n")[2]
    accounting = Output(output.returncode, b"", said)
    if failed(accounting):
        error = trouble(accounting)
        if not isinstance(error, NotOffered):
            raise error
