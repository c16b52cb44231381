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
from podtui.domain.script import TOKEN_VARIABLE, find_token
from podtui.errors import InputError, NotOffered

_WINDOW = "now-7days"  # how far back accounting is asked; a lost answer is looked up much sooner
_MINE = '-u "$(id -un)"'  # anybody can see a token, and put it on a job of theirs
_PLAIN = re.compile(r"[0-9A-Za-z]{1,64}")
_ROW = re.compile(r"^(\d[\d_+\[\],%-]*)\x1f", re.MULTILINE)


def find_script(token: str, mark: str, squeue: Argv, env: Argv) -> str:
    """The questions as one sh script; the queue's exit code and then sacct's stand in between.

    Only lines with the token come over the link, for the lists of somebody busy are long; it is
    first in its comment, so on the line of the id. Accounting is left in peace when the queue knew.
    """
    if not _PLAIN.fullmatch(token):
        raise InputError(f"{token!r} is not a submission's token.")
    queue = shlex.join((*squeue, "-h", "-a", "-t", "all", "-o", f"\x1e{mark}\x1f%i\x1f%k"))
    sacct = (*env, "sacct", "-n", "-P", "-X", "--delimiter=\x1f", "-S", _WINDOW)
    ended = shlex.join((*sacct, "-o", "JobID,Comment"))
    with_token = f"LC_ALL=C grep -a -w -F {TOKEN_VARIABLE}={token}"
    return (
        f"told=$({queue} {_MINE}) || exit $?; printf '%s\\n' \"$told\" | {with_token}; found=$?; "
        "[ $found -le 1 ] || exit $found; "  # no grep there
        f"printf '\\036%s\\037queue\\n' {mark}; echo {mark} >&2; [ $found -ne 0 ] || exit 0; "
        f"told=$({ended} {_MINE}); code=$?; printf '%s\\n' \"$told\" | {with_token}; exit $code"
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
