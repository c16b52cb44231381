"""Who may come in: public keys, asked for anew at each login, and nothing else."""

from collections.abc import Callable, Sequence

import asyncssh


class Doorkeeper(asyncssh.SSHServer):
    """One connection's login: `keys_of` gives the public key lines of a user, none for a stranger.

    `connections` is the server's list of open connections, which this one joins and leaves.
    """

    def __init__(
        self,
        keys_of: Callable[[str], Sequence[str]],
        connections: "set[asyncssh.SSHServerConnection]",
    ) -> None:
        self._keys_of = keys_of
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Join the open connections."""
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the library's shape
        """Leave the open connections."""
        if self._connection is not None:
            self._connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - the library's shape
        """Ask everyone for a key."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Offer public-key login."""
        return True

    def password_auth_supported(self) -> bool:
        """Offer no passwords."""
        return False

    def kbdint_auth_supported(self) -> bool:
        """Ask no questions."""
        return False

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Let in whoever holds one of the user's keys."""
        return key.public_data in _key_data(self._keys_of(username))


def _key_data(lines: Sequence[str]) -> list[bytes]:
    """Decode public key lines; one that cannot be read lets nobody in."""
    found = []
    for line in lines:
        try:
            found.append(asyncssh.import_public_key(line).public_data)
        except asyncssh.KeyImportError:
            continue
    return found
