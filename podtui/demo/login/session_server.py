"""Beoweb's `publickey` login: an SSH server that answers one global request.

A client logs in with its key and sends the global request `session_id`; the reply carries the
session's id as an SSH string (python-beoweb-client's wire).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import asyncssh
from asyncssh.packet import String

from podtui.demo.login.doorkeeper import Doorkeeper
from podtui.demo.login.host_key import host_key, public_line
from podtui.demo.login.listening import listen


class SessionServer:
    """Opens Beoweb sessions for those who hold a user's key.

    `public_keys` gives a user's public key lines, `open_session` makes a session for a user and
    gives its id.
    """

    def __init__(
        self,
        *,
        host_key: Path,
        public_keys: Callable[[str], Sequence[str]],
        open_session: Callable[[str], str],
        port: int = 0,
    ) -> None:
        self._key_path = host_key
        self._public_keys = public_keys
        self._open_session = open_session
        self._port = port
        self._connections: set[asyncssh.SSHServerConnection] = set()

    async def start(self) -> int:
        """Listen and give the port."""
        self._key = host_key(self._key_path)
        self._server = await listen(
            self._port,
            self._key,
            lambda: _SessionDoor(self._public_keys, self._connections, self._open_session),
        )
        return self._server.get_port()

    async def close(self) -> None:
        """Let go of everybody."""
        self._server.close()
        for connection in tuple(self._connections):
            connection.abort()
        await self._server.wait_closed()

    @property
    def host_key_line(self) -> str:
        """The public host key: `ssh-ed25519 AAAA…`."""
        return public_line(self._key)


class _SessionDoor(Doorkeeper):
    """A login that ends in a session id."""

    def __init__(
        self,
        keys_of: Callable[[str], Sequence[str]],
        connections: "set[asyncssh.SSHServerConnection]",
        open_session: Callable[[str], str],
    ) -> None:
        super().__init__(keys_of, connections)
        self._open_session = open_session

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Answer `session_id` on this connection.

        The library looks handlers of global requests up by name on the connection and has no
        public way to add one. It lets no request through before the login is complete.
        """
        super().connection_made(conn)

        def answer(_packet: object) -> None:
            user = conn.get_extra_info("username")
            connection: Any = conn
            connection._report_global_response(String(self._open_session(user)))

        conn._process_session_id_global_request = answer  # type: ignore[attr-defined]
