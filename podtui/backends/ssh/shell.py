"""Commands through a login shell that may be anything: csh, fish, chatty, slow.

The login shell is asked for one word only, `/bin/sh`; the command itself goes to that shell on its
standard input, and its output stands between marks nobody else prints. So no quoting rule but
sh's, no banner and no noisy start-up file can change what a command does or seems to say.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Callable, Mapping, Sequence

from podtui.backends.schedulers.base import Output
from podtui.backends.ssh.connection import SshLink
from podtui.domain.text import visible
from podtui.errors import BadAnswer, OutcomeUnknown, Unreachable

_SHELL = ("/bin/sh", "-l")  # a login shell: sites put their scheduler on the PATH in /etc/profile


class LoginShell:
    """Runs commands on a login node, with a cluster's own variables set for each."""

    def __init__(self, link: SshLink, environment: Mapping[str, str] | None = None) -> None:
        self._link = link
        self._environment = dict(environment or {})

    async def run(
        self, argv: Sequence[str], *, timeout: float, folder: str = "", changes: bool = False
    ) -> Output:
        """Run `argv` in `folder` (the home without) within `timeout` seconds.

        Unreachable when nothing could be sent; where the command `changes` something and was sent,
        a cut link or a missing answer is OutcomeUnknown.
        """
        return await self.script(shlex.join(argv), timeout=timeout, folder=folder, changes=changes)

    async def run_heard(
        self, argv: Sequence[str], *, timeout: float, hear: Callable[[bytes], None]
    ) -> Output:
        """Run `argv` in the home; `hear` is given its stdout while it comes."""
        return await self._script(shlex.join(argv), timeout=timeout, hear=hear)

    async def script(
        self, text: str, *, timeout: float, folder: str = "", changes: bool = False
    ) -> Output:
        """Run a piece of sh, as `run` does."""
        return await self._script(text, timeout=timeout, folder=folder, changes=changes)

    async def _script(
        self,
        text: str,
        *,
        timeout: float,
        folder: str = "",
        changes: bool = False,
        hear: Callable[[bytes], None] | None = None,
    ) -> Output:
        mark = f"podtui-{secrets.token_hex(8)}"
        await self._link.connect()
        try:
            done = await self._link.run(
                _SHELL,
                input=self._wrapped(text, folder, mark),
                timeout=timeout,
                hear=hear and _after(mark, hear),
            )
        except Unreachable as error:
            if changes:
                raise OutcomeUnknown(error.message) from None
            raise
        found = cut_out(done.stdout, mark), cut_out(done.stderr, mark)
        (out, code), (err, _) = found
        if out is None or code is None:
            kind = OutcomeUnknown if changes else BadAnswer
            said = visible((done.stderr or done.stdout).decode("utf-8", "replace").strip(), 200)
            raise kind(
                f"The login shell of {self._link.host} ran no command"
                f" (status {done.returncode}{': ' + said if said else ''}).",
                title="Login shell",
                hint="Log in with ssh and look whether a start-up file ends or replaces the shell.",
            )
        return Output(code, out, err or b"")

    def _wrapped(self, text: str, folder: str, mark: str) -> bytes:
        lines = [
            f"{name}={shlex.quote(value)}; export {name}"
            for name, value in self._environment.items()
        ]
        if folder:
            lines.append(f"cd {shlex.quote(folder)} || exit 97")
        lines += [
            f"printf '%s\\n' {mark}; printf '%s\\n' {mark} >&2",
            f"( {text}\n) </dev/null",
            "status=$?",
            f"printf '%s %d\\n' {mark} \"$status\"; printf '%s %d\\n' {mark} \"$status\" >&2",
            'exit "$status"',
        ]
        return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


def _after(mark: str, hear: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Hears what comes after the first mark: banners stand before it."""
    begin = mark.encode() + b"\n"
    early: list[bytes] | None = []

    def listen(part: bytes) -> None:
        nonlocal early
        if early is None:
            hear(part)
            return
        early.append(part)
        _, found, after = b"".join(early).partition(begin)
        if found:
            early = None
            hear(after)

    return listen


def cut_out(data: bytes, mark: str) -> tuple[bytes | None, int | None]:
    """What stands between the marks, and the status behind the second; None where one lacks."""
    begin, end = mark.encode() + b"\n", mark.encode() + b" "
    start = data.find(begin)
    stop = data.rfind(end)
    if start < 0 or stop < 0:
        return None, None
    status = data[stop + len(end) :].split(b"\n", 1)[0]
    return data[start + len(begin) : stop], int(status) if status.isdigit() else None
