"""A closer look at the machine behind a cluster than each login needs: one piece of sh.

Quotas as quota(1) and lfs-quota(1) tell them. With `-p` quota fills every column, so that both
have nine: file system, space, quota, limit, grace, files, quota, limit, grace; what is over has a
`*` behind it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from podtui.backends.clock import Clock
from podtui.backends.schedulers.base import Output
from podtui.backends.shell import Shell
from podtui.domain.survey import Quota, Survey
from podtui.domain.text import visible
from podtui.errors import BadAnswer

_SECONDS = 120.0  # a quota of a file server that sleeps takes its time
_COLUMNS = 9
_NOTHING = re.compile(r"0[KMGTP]?B?|-|none", re.I)
_NUMBER = re.compile(r"\d+(?:\.\d+)*[KMGTP]?\*?", re.I)
_VERSION = re.compile(r"\d+(?:\.\d+)+[\w.-]{0,20}")
_QUOTAS = """
told=
if command -v quota >/dev/null 2>&1; then
  told=quota; quota -w -p -s 2>&1 </dev/null | sed 's/^/quota=/'
fi
if command -v lfs >/dev/null 2>&1; then
  told="$told lfs"; lfs quota -q -h -u "$(id -un)" "$HOME" 2>/dev/null | sed 's/^/quota=/'
fi
echo "told=$told"
"""


@runtime_checkable
class Surveyed(Protocol):
    """A cluster with a machine one can look at."""

    async def survey(self) -> Survey:
        """Look at it; NotOffered where there is none after all."""
        ...


async def survey(shell: Shell, commands: Sequence[tuple[str, str]], clock: Clock) -> Survey:
    """Ask for the clock, the version of each of `commands` by its own flag, and the quotas."""
    asked = [
        f'echo "version={name} $({shlex.join((name, flag))} 2>&1 </dev/null | head -n 1)"'
        for name, flag in commands
    ]
    text = "\n".join(('echo "clock=$(date +%s)"', *asked, _QUOTAS))
    begun = clock()
    output = await shell.script(text, timeout=_SECONDS)
    return read_survey(output, begun, clock())


def read_survey(output: Output, asked: datetime, told: datetime) -> Survey:
    """The survey behind the answer; its clock was read between our times `asked` and `told`."""
    lines = output.stdout.decode("utf-8", "replace").splitlines()
    parted = [line.partition("=") for line in lines]
    facts = {name: value.strip() for name, _, value in parted}
    try:
        there = datetime.fromtimestamp(int(facts["clock"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        raise BadAnswer("The login node did not tell its clock.", title="Login node") from None
    ahead = there - min(max(there, asked), told)
    said = [value.partition(" ") for name, _, value in parted if name == "version"]
    found = [(command, _VERSION.search(words)) for command, _, words in said]
    versions = tuple((command, number[0]) for command, number in found if number)
    quotas = read_quotas([value for name, _, value in parted if name == "quota"])
    return Survey(ahead, versions, quotas, "" if quotas else _untold(facts.get("told", "")))


def _untold(commands: str) -> str:
    if commands:
        return f"none is set for you, says {' and '.join(commands.split())}"
    return "not told: neither quota nor lfs is there"


def read_quotas(lines: Sequence[str]) -> tuple[Quota, ...]:
    """The lines of quota and lfs quota that tell of a file system; others are left out.

    A long name stands on a line of its own.
    """
    found: list[Quota] = []
    name = ""
    for line in lines:
        words = [*([name] if name else []), *line.split()]
        name = words[0] if len(words) == 1 else ""
        if len(words) == _COLUMNS and all(map(_NUMBER.fullmatch, (words[1], words[5]))):
            found.append(_quota(words))
    return tuple(found)


def _quota(words: Sequence[str]) -> Quota:
    place, space, soft, hard, _, files, files_soft, files_hard, _ = words
    return Quota(
        visible(place, 80),
        space.rstrip("*"),
        _limit(soft, hard),
        files.rstrip("*"),
        _limit(files_soft, files_hard),
        over=space.endswith("*") or files.endswith("*"),
    )


def _limit(soft: str, hard: str) -> str:
    """The one that counts for a person: the first that is set."""
    return next((one for one in (soft, hard) if not _NOTHING.fullmatch(one)), "")
