"""A script at the far side that stands there and answers again and again, on one channel.

A command costs a channel, two round trips and whatever the login's start-up files do: for many
bundles that was more than the bundles. So one script takes them all, the next while it works on
the one before.
"""

from __future__ import annotations

import asyncio
import copy
import shlex
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from podtui.backends.pace import FREE, Pace
from podtui.backends.ssh.connection import LARGEST_OUTPUT, SshLink
from podtui.backends.ssh.errors import ssh_errors
from podtui.backends.together import all_done
from podtui.backends.trace import TRACE, command_words
from podtui.domain.text import to_bytes, visible
from podtui.errors import BadAnswer, FileTrouble, PodError, Unreachable

if TYPE_CHECKING:
    import asyncssh

_CHUNK = 256 * 1024

Watch = Callable[[int], None]


@asynccontextmanager
async def standing(
    link: SshLink, argv: Sequence[str], mark: bytes, pace: Pace = FREE
) -> AsyncIterator[Standing]:
    """Run `argv` while the block lasts; it prints `mark` on both its outputs after each answer."""
    command = to_bytes(shlex.join(argv))
    with TRACE.doing(link.host, command_words(argv)):
        async with link.process(command) as process:
            script = Standing(link, process, mark, pace)
            reading = asyncio.ensure_future(script.read())
            try:
                yield script
            finally:
                reading.cancel()
                with suppress(OSError, asyncssh_error()):
                    process.close()
                await asyncio.gather(reading, return_exceptions=True)


def asyncssh_error() -> type[Exception]:
    """asyncssh's own errors; imported where they are first needed."""
    import asyncssh

    return asyncssh.Error


class Standing:
    """One script under way. Its answers come in the order of the requests."""

    def __init__(
        self, link: SshLink, process: asyncssh.SSHClientProcess[bytes], mark: bytes, pace: Pace
    ) -> None:
        self._link = link
        self._process = process
        self._pace = pace
        self._out = _Marked(process.stdout, mark)
        self._err = _Marked(process.stderr, mark)
        self._turn = asyncio.Lock()
        self._asked: asyncio.Queue[_Asked] = asyncio.Queue()
        self._end: PodError | None = None

    async def ask(
        self, *request: bytes, sent: Watch | None = None, received: Watch | None = None
    ) -> tuple[bytes, bytes]:
        """Send `request`, in parts; what the script printed for it, and what it complained of.

        `sent` or `received` is told the bytes as they pass. Unreachable when the link is cut,
        FileTrouble when the script ended, BadAnswer for an answer without end.
        """
        asked = _Asked(asyncio.get_running_loop().create_future(), received)
        with ssh_errors(self._link.host):
            async with self._turn:
                if self._end is not None:
                    raise copy.copy(self._end)
                self._asked.put_nowait(asked)
                for part in request:
                    await self._write(part, sent)
            return await asked.answer

    async def _write(self, part: bytes, sent: Watch | None) -> None:
        view = memoryview(part)
        try:
            for start in range(0, len(view), _CHUNK):
                piece = view[start : start + _CHUNK]
                await self._pace.take(len(piece))
                self._process.stdin.write(bytes(piece))
                await self._process.stdin.drain()
                if sent:
                    sent(len(piece))
        except (OSError, asyncssh_error()):
            pass  # whoever reads finds out why the script has ended
        except BaseException:
            self._end = FileTrouble("Bundles were stopped in the middle of one.")
            raise

    async def read(self) -> None:
        """Give each request its answer, until cancelled or the script ends."""
        while True:
            asked = await self._asked.get()
            try:
                await self._answer(asked)
            except PodError as error:
                self._end = self._end or error
                asked.fail(error)

    async def _answer(self, asked: _Asked) -> None:
        if self._end is not None:
            raise copy.copy(self._end)
        out = asyncio.ensure_future(self._out.until_mark(self._pace, asked.received))
        err = asyncio.ensure_future(self._err.until_mark())
        with ssh_errors(self._link.host):
            await all_done(out, err)
        if not (out.result()[1] and err.result()[1]):
            raise await self._ended(out.result()[0], err.result()[0])
        if not asked.answer.done():
            asked.answer.set_result((out.result()[0], err.result()[0]))

    async def _ended(self, out: bytes, err: bytes) -> PodError:
        await self._process.wait_closed()
        host = self._link.host
        if self._process.returncode is None:
            return Unreachable(f"The connection to {host} was cut while files passed in bundles.")
        said = last_line(err or out) or f"status {self._process.returncode}"
        return FileTrouble(f"{host} ended what takes bundles of files: {said}")


class _Asked:
    """A request under way."""

    def __init__(self, answer: asyncio.Future[tuple[bytes, bytes]], received: Watch | None) -> None:
        self.answer = answer
        self.received = received

    def fail(self, error: PodError) -> None:
        if not self.answer.done():
            self.answer.set_exception(copy.copy(error))


class _Marked:
    """One of the script's outputs, cut at the marks."""

    def __init__(self, reader: Any, mark: bytes) -> None:
        self._reader = reader
        self._mark = mark
        self._rest = bytearray()

    async def until_mark(self, pace: Pace = FREE, watch: Watch | None = None) -> tuple[bytes, bool]:
        """What comes before the next mark; False where the output ends first."""
        seen, looked_at = self._rest, 0
        while (at := seen.find(self._mark, looked_at)) < 0:
            looked_at = max(0, len(seen) - len(self._mark) + 1)
            if looked_at > LARGEST_OUTPUT:
                raise BadAnswer(f"A bundle of files is over {LARGEST_OUTPUT >> 20} MiB.")
            part = await self._reader.read(_CHUNK)
            if not part:
                self._rest = bytearray()
                return bytes(seen), False
            seen += part
            await pace.take(len(part))
            if watch:
                watch(len(part))
        self._rest = seen[at + len(self._mark) :]
        del seen[at:]
        return bytes(seen), True


def last_line(said: bytes) -> str:
    """The last line of what a command said, fit to be shown; empty when it said nothing."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return visible(lines[-1], 200) if lines else ""
