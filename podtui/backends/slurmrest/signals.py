"""The signals a job can be sent, by name; checked here, because slurmrestd may not.

From v0.0.41 on a DELETE with a signal it does not know KILLS the job.
"""

from __future__ import annotations

from podtui.domain.text import visible
from podtui.errors import InputError

_NAMES = frozenset(
    {
        *("HUP", "INT", "QUIT", "ABRT", "KILL", "ALRM", "TERM", "USR1", "USR2", "URG", "CONT"),
        *("STOP", "TSTP", "TTIN", "TTOU", "XCPU"),
    }
)


def signal_name(name: str) -> str:
    """The signal's name as Slurm takes it everywhere (`USR1`); InputError for what is none."""
    bare = name.strip().upper().removeprefix("SIG")
    if bare not in _NAMES:
        raise InputError(
            f"{visible(name, 40)!r} is no signal Slurm can send.",
            title="Signal",
            hint=f"One of {', '.join(sorted(_NAMES))}. Nothing was sent.",
        )
    return bare
