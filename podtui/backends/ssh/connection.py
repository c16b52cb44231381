"""The one SSH connection of a cluster, shared by all who need it."""

from __future__ import annotations

import asyncio
import copy
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from podtui.backends.base import Prompter
from podtui.backends.pace import FREE, Pace
from podtui.backends.ssh.errors import ssh_errors
from podtui.backends.ssh.library import load_asyncssh
from podtui.backends.ssh.patience import NETWORK_SECONDS, PatientPrompter
from podtui.backends.ssh.target import Hop, SshTarget, resolve_hops
from podtui.backends.trace import TRACE, command_words
from podtui.backends.unattended import nobody_here
from podtui.domain.text import to_bytes
from podtui.errors import (
    BadAnswer,
    InputError,
    NotOffered,
    PersonNeeded,
    PodError,
    Unreachable,
)
from podtui.paths import Paths

if TYPE_CHECKING:
    import asyncssh

    from podtui.backends.ssh.identities import Keyring

CHANNELS = 8
"""Commands at once. sshd allows 10 sessions a connection (MaxSessions); SFTP takes one."""
LARGEST_OUTPUT = 256 * 1024 * 1024
"""Bytes one command may print; far over any queue listing."""
_CLOSE_SECONDS = 5.0
_ENDED_SECONDS = 1.0
"""For so long after an end sshd may still count the session among those it allows."""
_AGAIN_SECONDS = 0.05

_T = TypeVar("_T")
TargetProvider = Callable[[], Awaitable[SshTarget]]


@dataclass(frozen=True, slots=True)
class Completed:
    """What a command there did."""

    returncode: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True, slots=True)
class _Login:
    """A connection that stands, with the jump hosts under it."""

    hops: tuple[asyncssh.SSHClientConnection, ...]

    @property
    def connection(self) -> asyncssh.SSHClientConnection:
        return self.hops[-1]

    @property
    def alive(self) -> bool:
        return not any(hop.is_closed() for hop in self.hops)

    async def close(self) -> None:
        for hop in reversed(self.hops):
            hop.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                for hop in reversed(self.hops):
                    await hop.wait_closed()
        for hop in self.hops:
            if not hop.is_closed():
                hop.abort()


class SshLink:
    """One login to one cluster, made by the first who needs it and again after a cut.

    `target` may be a function, for a login node whose address is not known before. Twenty callers
    at once mean one login: nobody is asked twice for a one-time code, and a refusal is told to all.
    """

    def __init__(
        self, target: SshTarget | TargetProvider, *, paths: Paths, prompter: Prompter
    ) -> None:
        self._target = target
        self._paths = paths
        self._prompter = PatientPrompter(prompter)
        self._keyring: Keyring | None = None
        self._lock = asyncio.Lock()
        self._channels = asyncio.Semaphore(CHANNELS)
        self._last_end = -_ENDED_SECONDS
        self._login: _Login | None = None
        self._sftp: asyncssh.SFTPClient | None = None
        self._sftp_lock = asyncio.Lock()
        self._sftp_asked = asyncio.Event()
        self._refused = 0
        self._refusal: PodError | None = None
        self._begun: tuple[asyncio.Task[object], ...] = ()
        self._untold: asyncio.Task[asyncssh.SSHClientConnection] | None = None
        self.host = target.host if isinstance(target, SshTarget) else "the login node"

    @property
    def connected(self) -> bool:
        """Whether a connection stands now."""
        return self._login is not None and self._login.alive

    async def connect(self) -> None:
        """Log in if no connection stands."""
        await self._connection()

    def begin(self, *, files: bool) -> None:
        """Log in before anybody asks, and start the file service with `files`.

        The first who asks is told when that failed. Whoever calls this calls `close` at the end.
        asyncssh is imported here and not in a thread: in turn with other imports it takes longer.
        """
        load_asyncssh()
        login = self._untold = asyncio.create_task(self._logged_in())
        self._begun = (login, asyncio.create_task(self._begin_files(login))) if files else (login,)

    async def _begin_files(self, login: asyncio.Task[asyncssh.SSHClientConnection]) -> None:
        await asyncio.wait((login,))
        if self.connected:
            with suppress(PodError):  # who wants it asks again
                await self.sftp()

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[asyncssh.SSHClientConnection]:
        """The connection, with the right to open one channel on it."""
        async with self._channels:
            connection = await self._connection()
            with ssh_errors(self.host):
                yield connection

    @asynccontextmanager
    async def process(self, command: bytes) -> AsyncIterator[asyncssh.SSHClientProcess[bytes]]:
        """`command` begun in a session of its own; closing it is the caller's."""
        async with self.channel() as connection, self._session(connection, command) as process:
            yield process

    async def run(
        self,
        argv: Sequence[str],
        *,
        input: bytes = b"",
        timeout: float,
        watch: Callable[[int], None] | None = None,
        pace: Pace = FREE,
        hear: Callable[[bytes], None] | None = None,
    ) -> Completed:
        """Run `argv` there within `timeout` seconds and return what it printed.

        `watch` is told the bytes of input and output as they pass, at the `pace` given; `hear` is
        given what is printed while it comes.

        Unreachable when the link is cut or the time is up: the command may have run all the same.
        """
        command = to_bytes(shlex.join(argv))
        if b"\0" in command:
            raise InputError("A command cannot hold a NUL byte.")
        async with self.channel() as connection:
            try:
                with TRACE.doing(self.host, command_words(argv)) as entry:
                    async with asyncio.timeout(timeout) as clock:
                        done = await self._run(connection, command, input, watch, pace, hear)
                    entry.outcome = f"exit {done.returncode}"
                    return done
            except TimeoutError:
                if not clock.expired():
                    raise
                raise Unreachable(
                    f"{self.host} did not finish {argv[0]} within {timeout:g} s."
                ) from None

    async def _run(
        self,
        connection: asyncssh.SSHClientConnection,
        command: bytes,
        data: bytes,
        watch: Callable[[int], None] | None,
        pace: Pace,
        hear: Callable[[bytes], None] | None,
    ) -> Completed:
        from podtui.backends.ssh.channel import TooMuch, gather_output

        try:
            async with self._session(connection, command) as process:
                code, out, err = await gather_output(
                    process, data, LARGEST_OUTPUT, watch, pace, hear
                )
        except TooMuch:
            raise BadAnswer(f"{self.host} printed over {LARGEST_OUTPUT >> 20} MiB.") from None
        if code is None:
            raise Unreachable(f"The connection to {self.host} was cut while a command ran.")
        return Completed(code, out, err)

    @asynccontextmanager
    async def _session(
        self, connection: asyncssh.SSHClientConnection, command: bytes
    ) -> AsyncIterator[asyncssh.SSHClientProcess[bytes]]:
        process = await self._opened(
            connection, lambda: connection.create_process(command, encoding=None)
        )
        try:
            yield process
        finally:
            self._last_end = asyncio.get_running_loop().time()

    async def _opened(
        self, connection: asyncssh.SSHClientConnection, begin: Callable[[], Awaitable[_T]]
    ) -> _T:
        """What `begin` opens, asked for again while sshd still counts a session that has ended.

        Nothing has begun there when a channel is refused, so that asking again repeats nothing.
        """
        import asyncssh

        clock = asyncio.get_running_loop()
        while True:
            try:
                return await begin()
            except asyncssh.ChannelOpenError:
                if connection.is_closed() or clock.time() - self._last_end > _ENDED_SECONDS:
                    raise
            await asyncio.sleep(_AGAIN_SECONDS)

    async def sftp(self) -> asyncssh.SFTPClient:
        """The one SFTP session on the connection, its paths bytes."""
        async with self._sftp_lock:
            connection = await self._connection()
            if self._sftp is None:
                self._sftp = await self._start_sftp(connection)
            return self._sftp

    async def sftp_asked(self) -> None:
        """Wait until the SFTP session is asked for.

        For who needs a session beside it: a server may give one and no more.
        """
        await self._sftp_asked.wait()

    async def _start_sftp(self, connection: asyncssh.SSHClientConnection) -> asyncssh.SFTPClient:
        import asyncssh

        from podtui.backends.ssh.bulk_receiver import receive_fast_sftp
        from podtui.backends.ssh.bulk_sender import speed_up_sftp

        # Its channel is asked for before this task waits for anything.
        asyncio.get_running_loop().call_soon(self._sftp_asked.set)
        try:
            with ssh_errors(self.host):
                async with asyncio.timeout(NETWORK_SECONDS):
                    client = await self._opened(
                        connection, lambda: connection.start_sftp_client(path_encoding=None)
                    )
                    speed_up_sftp(client)
                    receive_fast_sftp(client)
                    return client
        except asyncssh.SFTPBadMessage as error:
            raise BadAnswer(
                f"{self.host} starts its file service with something that is not SFTP.",
                hint="A start-up file there (.bashrc, .cshrc) may print text for logins without a "
                "terminal too.",
            ) from error
        except (asyncssh.SFTPError, Unreachable) as error:
            if isinstance(error.__cause__, TimeoutError):
                raise Unreachable(
                    f"{self.host} did not start its file service within {NETWORK_SECONDS:.0f} s."
                ) from error
            if not self.connected:
                raise Unreachable(f"The connection to {self.host} was cut.") from error
            raise NotOffered(f"{self.host} lets us in but starts no file service.") from error

    def drop_sftp(self, client: asyncssh.SFTPClient) -> None:
        """Forget a session that broke, so that the next caller gets a new one."""
        if self._sftp is client:
            self._sftp = None
            self._sftp_asked.clear()

    async def close(self) -> None:
        """Let go of the connection; safe to call twice, and the next caller makes a new one.

        It waits for a login under way, so cancel those who use the link first.
        """
        begun, self._begun, self._untold = self._begun, (), None
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        async with self._lock:
            await self._drop()

    async def _connection(self) -> asyncssh.SSHClientConnection:
        begun, self._untold = self._untold, None
        if begun is not None:
            await asyncio.wait((begun,))
            begun.result()
        return await self._logged_in()

    async def _logged_in(self) -> asyncssh.SSHClientConnection:
        if self._login is not None and self._login.alive:
            return self._login.connection
        seen = self._refused
        async with self._lock:
            if self._login is not None and self._login.alive:
                return self._login.connection
            refusal = self._refusal if self._refused != seen else None
            if isinstance(refusal, PersonNeeded) and not nobody_here():
                refusal = None  # it was told to work that asks nobody: here somebody can be asked
            if refusal is not None:
                raise _copy(refusal)  # of the attempt this caller waited for
            await self._drop()
            try:
                self._login = await self._log_in()
            except PodError as error:
                self._refusal, self._refused = error, self._refused + 1
                raise
            return self._login.connection

    async def _log_in(self) -> _Login:
        await asyncio.to_thread(load_asyncssh)
        from podtui.backends.ssh.identities import Keyring
        from podtui.backends.ssh.login import LoginSettings, log_in

        target = self._target if isinstance(self._target, SshTarget) else await self._target()
        self.host = target.host
        if self._keyring is None:
            self._keyring = Keyring(target.cluster, self._prompter)
        settings = LoginSettings(
            target.cluster, target.options.host_keys, self._paths, self._prompter, self._keyring
        )
        hops: tuple[Hop, ...] = await resolve_hops(target, self._paths)
        async with AsyncExitStack() as undo:
            made: tuple[asyncssh.SSHClientConnection, ...] = ()
            for hop in hops:
                chosen = target.options.identity_file if hop is hops[-1] else None
                below = made[-1] if made else None
                made = (*made, await log_in(hop, settings, chosen, below))
                undo.callback(made[-1].abort)
            undo.pop_all()
        return _Login(made)

    async def _drop(self) -> None:
        login, self._login, self._sftp = self._login, None, None
        self._sftp_asked.clear()
        if login is not None:
            await login.close()


def _copy(error: PodError) -> PodError:
    """The same refusal for another caller; one exception object must not be raised by many."""
    return copy.copy(error)
