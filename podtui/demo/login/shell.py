"""Shells and commands on a login node: real bash processes behind SSH channels."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import asyncssh

from podtui.demo.batch.environment import SYSTEM_PATH
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.tools.qsub import HOST_VARIABLE
from podtui.demo.login import leader, terminal
from podtui.demo.login.streams import Stream

_BASH = "/bin/bash"
_LAST_WORDS = 0.2  # seconds for what a terminal still holds when its shell has ended
_Process = asyncssh.SSHServerProcess[bytes]


def shell_environment(
    owner: Owner, hostname: str, tools: Path, sent: Mapping[str, str], terminal_type: str | None
) -> dict[str, str]:
    """Make a login's environment; of what the client sends, only the language goes in."""
    chosen = {
        "LANG": "C.UTF-8",
        **{name: text for name, text in sent.items() if name == "LANG" or name.startswith("LC_")},
        "HOME": str(owner.home),
        "USER": owner.user,
        "LOGNAME": owner.user,
        "SHELL": _BASH,
        "PATH": f"{tools}:{SYSTEM_PATH}",
        HOST_VARIABLE: hostname,
    }
    if terminal_type is not None:
        chosen["TERM"] = terminal_type
    return chosen


class Shell:
    """One command or interactive shell, from its request to its exit status."""

    def __init__(self, channel: _Process, rc_file: Path, owner: Owner, env: dict[str, str]) -> None:
        self._channel = channel
        self._rc_file = rc_file
        self._owner = owner
        self._env = env
        self._streams: list[Stream] = []
        self._terminal: Stream | None = None

    async def run(self) -> None:
        """Run to the end; when the client goes, the processes hear SIGHUP."""
        try:
            await self._start()
        except OSError as error:
            self._channel.stderr.write(f"cannot start a shell: {error.strerror}\n".encode())
            self._channel.exit(126)
            return
        try:
            await self._serve()
        finally:
            for stream in self._streams:
                stream.close()
            if self._process.returncode is None:
                await self._hang_up()
        self._report()

    def _command(self) -> list[str]:
        if self._channel.command is not None:
            return [_BASH, "-c", self._channel.command]
        if self._channel.term_type is None:
            return [_BASH]
        return [_BASH, "--rcfile", str(self._rc_file), "-i"]

    async def _start(self) -> None:
        command = self._command()
        if self._channel.term_type is not None:
            ours, theirs = terminal.open_terminal(self._channel.term_size, self._channel.term_modes)
            command = [sys.executable, "-I", "-S", leader.__file__, *command]
            self._terminal = Stream(ours)
            self._streams = [self._terminal]
            self._env["SSH_TTY"] = os.ttyname(theirs)
            given = [theirs, theirs, theirs]
        else:
            pipes = [os.pipe(), os.pipe(), os.pipe()]
            self._streams = [Stream(pipes[0][1]), Stream(pipes[1][0]), Stream(pipes[2][0])]
            given = [pipes[0][0], pipes[1][1], pipes[2][1]]
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=given[0],
                stdout=given[1],
                stderr=given[2],
                env=self._env,
                cwd=self._owner.home,
                start_new_session=True,
            )
        except BaseException:
            for stream in self._streams:
                stream.close()
            raise
        finally:
            for descriptor in set(given):
                os.close(descriptor)

    async def _serve(self) -> None:
        """Carry the streams until the process has ended and said all, or the client has gone."""
        outputs = [(self._streams[-1], self._channel.stderr)] if not self._terminal else []
        outputs.append((self._terminal or self._streams[1], self._channel.stdout))
        async with asyncio.TaskGroup() as group:
            carriers = [group.create_task(self._carry_out(*output)) for output in outputs]
            inward = group.create_task(self._carry_in())
            gone = group.create_task(self._channel.wait_closed())
            ended = group.create_task(self._until_said(carriers))
            await asyncio.wait((gone, ended), return_when=asyncio.FIRST_COMPLETED)
            for task in (*carriers, inward, gone, ended):
                task.cancel()

    async def _until_said(self, carriers: list[asyncio.Task[None]]) -> None:
        """Wait for the end of the process and of its output.

        As under sshd, a background process that keeps a pipe open keeps the channel open, but one
        that keeps the terminal open does not.
        """
        if self._terminal is None:
            await asyncio.wait(carriers)
            await self._process.wait()
        else:
            await self._process.wait()
            await asyncio.wait(carriers, timeout=_LAST_WORDS)

    async def _carry_out(self, source: Stream, target: asyncssh.SSHWriter[bytes]) -> None:
        with suppress(OSError, asyncssh.Error):
            while data := await source.read():
                target.write(data)
                await target.drain()

    async def _carry_in(self) -> None:
        """Carry input, and what comes between it: signals and changes of the terminal's size."""
        target = self._streams[0]
        while True:
            try:
                data = await self._channel.stdin.read(65536)
            except asyncssh.TerminalSizeChanged as change:
                size = (change.width, change.height, change.pixwidth, change.pixheight)
                terminal.resize(target.descriptor, size)
                continue
            except asyncssh.SignalReceived as received:
                self._signal(getattr(signal, f"SIG{received.signal}", None))
                continue
            except asyncssh.BreakReceived:
                self._signal(signal.SIGINT)
                continue
            except (OSError, asyncssh.Error):
                return
            try:
                await target.write(data or self._end_of_input())
            except OSError:
                return  # nobody reads; what else comes is dropped with the channel
            if not data:
                break
        if self._terminal is None:
            target.close()

    def _end_of_input(self) -> bytes:
        """Say the end of input to a terminal, where a pipe is simply closed."""
        return b"" if self._terminal is None else b"\x04"

    def _signal(self, number: int | None) -> None:
        """Signal the foreground of the terminal, or the whole process group."""
        if number is None or self._process.returncode is not None:
            return
        group = self._process.pid
        if self._terminal is not None:
            group = terminal.foreground(self._terminal.descriptor) or group
        with suppress(ProcessLookupError):
            os.killpg(group, number)

    async def _hang_up(self) -> None:
        """End the processes of a client who has gone; one that ignores SIGHUP may live on."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGHUP)
            os.killpg(self._process.pid, signal.SIGCONT)
        try:
            await self._process.wait()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
            raise

    def _report(self) -> None:
        code = self._process.returncode
        if self._channel.is_closing() or code is None:
            return
        if code < 0:
            self._channel.exit_with_signal(signal.Signals(-code).name.removeprefix("SIG"))
        else:
            self._channel.exit(code)
