"""Asking at the terminal about files that are there already."""

from __future__ import annotations

import asyncio
import sys

import humanize

from podtui.cli.output import Output
from podtui.domain.text import visible
from podtui.domain.transfer import Conflict
from podtui.services.conflicts import Asker, Clash

_ANSWERS = {
    "o": Conflict.OVERWRITE,
    "s": Conflict.SKIP,
    "n": Conflict.NEWER,
    "d": Conflict.DIFFERS,
    "r": Conflict.RENAME,
}


def conflict_asker(out: Output) -> Asker | None:
    """Asks about one file after the other; a capital letter answers for all that follow.

    None without a terminal.
    """
    if not (sys.stdin.isatty() and out.stderr.isatty()):
        return None
    one_at_a_time = asyncio.Lock()
    for_all: list[Conflict] = []

    async def ask(clash: Clash) -> Conflict:
        async with one_at_a_time:
            if for_all:
                return for_all[0]
            with out.paused():
                answer = await asyncio.to_thread(_read, _question(clash))
            if answer.isupper():
                for_all.append(_ANSWERS[answer.lower()])
            return _ANSWERS[answer.lower()]

    return ask


def _question(clash: Clash) -> str:
    new, old = clash.new, clash.old
    sizes = [humanize.naturalsize(size, binary=True) for size in (old.size, new.size)]
    when = f", of {old.modified:%Y-%m-%d %H:%M}" if old.modified else ""
    return (
        f"{visible(clash.target, 200)} is there ({sizes[0]}{when}); the new one has {sizes[1]}.\n"
        "[o]verwrite, [s]kip, if [n]ewer, if it [d]iffers, [r]ename; a capital for all: "
    )


def _read(question: str) -> str:
    while True:
        sys.stderr.write(question)
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            return "s"
        if line.strip().lower() in _ANSWERS:
            return line.strip()
        question = "One of o s n d r: "
