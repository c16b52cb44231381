"""A login node: an SSH server on loopback, one for each instance."""

import asyncio
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import asyncssh

from podtui.demo.batch.engine import Engine
from podtui.demo.batch.owner import Owner
from podtui.demo.login.doorkeeper import Doorkeeper
from podtui.demo.login.host_key import host_key, public_line
from podtui.demo.login.listening import listen
from podtui.demo.login.sftp import HomeFiles
from podtui.demo.login.shell import Shell, shell_environment
from podtui.demo.login.volume import Volume

_PATIENCE = 1.0  # seconds that processes get to end when the node goes down


class LoginNode:
    """Shells, commands and files of one user's home, for the keys that `public_keys` gives.

    `quota_bytes` is the size of the home's volume; `port` is tried first when given.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        owner: Owner,
        hostname: str,
        host_key: Path,
        quota_bytes: int,
        public_keys: Callable[[], Sequence[str]],
        port: int = 0,
    ) -> None:
        self._engine = engine
        self._owner = owner
        self._hostname = hostname
        self._key_path = host_key
        self._quota = quota_bytes
        self._public_keys = public_keys
        self._port = port
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._shells: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen and give the port."""
        self._owner.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._key = host_key(self._key_path)
        self._volume = Volume(bytes(self._owner.home), self._quota)
        self._tools = self._engine.tools_for(self._owner)
        self._rc_file = self._tools / f"{self._hostname}.bashrc"
        self._rc_file.write_text(self._bashrc())
        await self._volume.survey()
        self._server = await listen(
            self._port,
            self._key,
            lambda: Doorkeeper(self._keys_of, self._connections),
            process_factory=self._serve,
            sftp_factory=lambda channel: HomeFiles(channel, self._owner, self._volume),
        )
        return self._server.get_port()

    async def close(self) -> None:
        """Let go of everybody; their processes hear SIGHUP, then SIGKILL."""
        self._server.close()
        for connection in tuple(self._connections):
            connection.abort()
        await self._server.wait_closed()
        if self._shells:
            _, stubborn = await asyncio.wait(self._shells, timeout=_PATIENCE)
            for shell in stubborn:
                shell.cancel()
            await asyncio.gather(*stubborn, return_exceptions=True)

    @property
    def host_key_line(self) -> str:
        """The public host key: `ssh-ed25519 AAAA…`."""
        return public_line(self._key)

    def _keys_of(self, username: str) -> Sequence[str]:
        return self._public_keys() if username == self._owner.user else ()

    async def _serve(self, channel: "asyncssh.SSHServerProcess[bytes]") -> None:
        task = asyncio.current_task()
        assert task is not None
        self._shells.add(task)
        try:
            if channel.subsystem is not None:
                channel.stderr.write(b"subsystem request failed\n")
                channel.exit(1)
                return
            env = shell_environment(
                self._owner, self._hostname, self._tools, channel.env, channel.term_type
            )
            await Shell(channel, self._rc_file, self._owner, env).run()
        finally:
            self._shells.discard(task)

    def _bashrc(self) -> str:
        """Write what interactive shells read: the pod's prompt, the user's wishes, the tools."""
        prompt = f"[{self._owner.user}@{self._hostname.partition('.')[0]} \\W]\\$ "
        return (
            f"PS1={shlex.quote(prompt)}\n"
            "[ -r ~/.bashrc ] && . ~/.bashrc\n"
            f'case ":$PATH:" in *:{shlex.quote(str(self._tools))}:*) ;; '
            f'*) PATH={shlex.quote(str(self._tools))}:"$PATH" ;; esac\n'
        )
