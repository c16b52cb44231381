r"""A shell behind `core/opn/run`: what goes in and what comes out are base64, between random marks.

The login shell there reads one line of plain words, `echo … | base64 -d | /bin/sh -l -s …`, which
sh, csh and fish understand alike. resop merges stdout and stderr, drops what it reads of one
while the other speaks, cuts at a NUL and tells no exit code: so nothing but the base64 of both
(stdout packed by gzip where there is one), with the exit code, is ever printed. Needs `base64` and
`timeout` (GNU coreutils) there.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import shlex
import zlib
from collections.abc import Sequence

from podtui.backends.resop.answers import Reply
from podtui.backends.resop.wire import ResopWire, place
from podtui.backends.resop.words import LONGEST
from podtui.backends.schedulers.base import Output
from podtui.backends.ssh.shell import cut_out
from podtui.domain.text import visible
from podtui.errors import (
    BadAnswer,
    InputError,
    NotFound,
    OutcomeUnknown,
    PodError,
    Refused,
    Unreachable,
)

SHORT_SECONDS = 45.0
"""The longest any command of ours may hold the service up for everybody."""
_RUN = place("core", "opn", "run")
_NO_RESOP = (
    "podtui tries again by itself. If it stays so, look at this cluster's url: there is no resop."
)
_TIMED_OUT = (124, 137)  # timeout(1): ended, killed
_MOST = 256 * 1024 * 1024  # bytes of one output
_LONG = 64 * 1024  # bytes of base64 that are decoded in a thread


class ResopShell:
    """`Shell` of podtui.backends.shell over resop."""

    def __init__(self, wire: ResopWire) -> None:
        self._wire = wire

    async def run(
        self, argv: Sequence[str], *, timeout: float, folder: str = "", changes: bool = False
    ) -> Output:
        """Run `argv` in `folder` (the home without) within `timeout` seconds, 45 at most."""
        return await self.script(shlex.join(argv), timeout=timeout, folder=folder, changes=changes)

    async def script(
        self,
        text: str,
        *,
        timeout: float,
        folder: str = "",
        changes: bool = False,
        word: str = "",
    ) -> Output:
        """Run a piece of sh, as `run` does; `word` is its `$1`, of plain characters."""
        seconds = max(1, int(min(timeout, SHORT_SECONDS)))
        mark = f"podtui-{secrets.token_hex(8)}"
        command = wrapped(text, folder, mark, seconds, word)
        if len(command) > LONGEST:
            raise InputError(
                f"A command of {len(command):,} bytes is too long for resop.",
                hint=f"It takes {LONGEST:,} bytes, encoded. Nothing was sent.",
            )
        try:
            reply = await self._wire.post(
                _RUN, {"input": command}, changes=changes, seconds=seconds
            )
        except NotFound as error:  # no word of a job or a file: the service itself is not there
            raise Unreachable(error.message, hint=_NO_RESOP) from None
        if len(reply.said) > _LONG:
            output = await asyncio.to_thread(unwrapped, reply.said, mark)
        else:
            output = unwrapped(reply.said, mark)
        if output is None:
            raise _trouble(reply, mark, seconds, changes=changes)
        return output


def wrapped(text: str, folder: str, mark: str, seconds: int, word: str = "") -> str:
    """The one line that runs `text` there; `unwrapped` reads its answer."""
    inner = "\n".join(
        [
            f"cd {shlex.quote(folder)} || exit 97" if folder else ":",
            "exec 3>&1",
            "z=cat; command -v gzip >/dev/null 2>&1 && z=gzip",
            f"echo {mark}-out-$z",
            "errors=$({ {",
            f"printf '%s\\n' {mark} >&2",
            f"( {text}\n) </dev/null 3>&- 4>&-",
            f"printf '%s %d\\n' {mark} $? >&2",
            "} 2>&4 4>&- | $z 4>&- | base64 >&3 4>&-; } 4>&1 | base64 3>&-)",
            f"printf '%s\\n' {mark}-err \"$errors\" {mark}-end",
        ]
    )
    outer = "\n".join(
        [
            f"timeout -k 2 {seconds} /bin/sh -l -s -- \"$@\" 2>/dev/null <<'{mark}-text'",
            inner,
            f"{mark}-text",
            f"echo {mark}-exit $?",
            "",
        ]
    )
    encoded = base64.b64encode(outer.encode("utf-8", "surrogateescape")).decode()
    # base64 begins with + in one piece of 64: without the -- an option of sh
    return f"echo {encoded} | base64 -d | /bin/sh -s -- {word}".rstrip()


def unwrapped(said: str, mark: str) -> Output | None:
    """What the command printed and how it ended; None when it did not get there."""
    _, _, rest = said.partition(f"{mark}-out-")
    packed, found, rest = rest.partition("\n")
    out, split, rest = rest.partition(f"{mark}-err\n")
    err, whole, _ = rest.partition(f"{mark}-end\n")
    if not (found and split and whole):
        return None
    try:
        stdout, stderr = _decoded(out), _decoded(err)
        if packed == "gzip":
            stdout = _unpacked(stdout)
    except (ValueError, zlib.error):
        return None
    errors, status = cut_out(stderr, mark)
    return None if errors is None or status is None else Output(status, stdout, errors)


def _decoded(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)


def _unpacked(data: bytes) -> bytes:
    unpack = zlib.decompressobj(wbits=31)  # gzip's header
    whole = unpack.decompress(data, _MOST)
    if not unpack.eof:
        raise ValueError("cut short, or longer than anything we ask for")
    return whole


def _trouble(reply: Reply, mark: str, seconds: int, *, changes: bool) -> PodError:
    """Why there is no output: it took too long, or the shell there ran something else."""
    exits = [line for line in reply.said.splitlines() if line.startswith(f"{mark}-exit ")]
    status = exits[-1].rpartition(" ")[2] if exits else ""
    if status in map(str, _TIMED_OUT):
        told = f"The command did not end within {seconds} seconds on the cluster and was ended."
        return OutcomeUnknown(told) if changes else Unreachable(told, title="Too slow")
    said = visible(reply.said.strip(), 200) or "nothing"
    if status == "127" or (not exits and "not found" in reply.said):
        return Refused(
            f"The cluster's shell said: {said}",
            title="Command lacking",
            hint="podtui needs sh, base64 and timeout (GNU coreutils) on the cluster behind resop.",
        )
    kind = OutcomeUnknown if changes else BadAnswer
    return kind(
        f"The login shell behind resop did not run the command; it said {said}.",
        title="Login shell",
        hint="Log in with ssh and look whether a start-up file ends or replaces the shell.",
    )
