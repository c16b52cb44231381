"""What Slurm's commands say when they fail, as podtui's errors.

Slurm may exit 0 on a failure, and 1 for any of them: the words on stderr decide.
"""

from __future__ import annotations

from podtui.backends.schedulers.base import Output
from podtui.domain.text import visible
from podtui.errors import (
    BadAnswer,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    PodError,
    Refused,
    Unreachable,
)

_NEVER_SENT = (
    "connect failure",
    "connection refused",
    "munge",
    "protocol authentication",
    "unable to establish",
    "could not establish a configuration source",
    "host unknown",
)
_CUT = (
    "socket timed out",
    "timed out",
    "zero bytes were transmitted",
    "send failure",
    "receive failure",
    "shutdown failure",
    "unable to contact slurm controller",
    "unexpected message received",
    "message receive",
    "message send",
    "connection reset",
    "broken pipe",
    "not connected",
    "standby mode",
    "problem talking to the database",
)
_AWAY = (b"unable to contact slurm controller", b"socket timed out", b"connection refused")
_UNKNOWN_THING = ("invalid job id", "not found", "invalid user: ", "invalid job array task")
_DISABLED = "accounting storage is disabled"
_SHORT_MEMORY = "Ended jobs are known for a few minutes only (Slurm's MinJobAge)."
_LIMIT = 300  # characters of Slurm's own words


def words(output: Output) -> str:
    """What the command complained about, harmless to show: stderr, else the first of stdout."""
    said = output.stderr.strip() or output.stdout[: 4 * _LIMIT].strip()
    lines = dict.fromkeys(said.decode("utf-8", "surrogateescape").splitlines())
    return visible(" ".join(line.strip() for line in lines), _LIMIT)


def failed(output: Output) -> bool:
    """Whether the command failed, whatever its exit code says."""
    said = output.stderr.lower()
    return output.returncode != 0 or b"error" in said or any(mark in said for mark in _AWAY)


def trouble(output: Output, *, change: bool = False) -> PodError:
    """The error a failed command stands for; `change` when it may have changed something."""
    said = words(output) or f"Slurm's command ended with {output.returncode} and said nothing."
    low = said.lower()
    if output.returncode in (126, 127):
        return NotOffered(said, hint="Slurm's commands are not to be found after login there.")
    if _DISABLED in low:
        return NotOffered("This Slurm keeps no accounting.", hint=_SHORT_MEMORY)
    if any(mark in low for mark in _NEVER_SENT):
        return Unreachable(said, hint="Slurm's own server is away; podtui tries again by itself.")
    silent = output.returncode < 0 or not output.stderr.strip()
    if any(mark in low for mark in _UNKNOWN_THING):
        return NotFound(said)
    if silent or any(mark in low for mark in _CUT):
        broken = BadAnswer if silent else Unreachable
        return OutcomeUnknown(said) if change else broken(said)
    return Refused(said)
