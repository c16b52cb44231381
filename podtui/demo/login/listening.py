"""How every SSH server of the pod listens."""

import errno
from collections.abc import Callable
from typing import Any

import asyncssh

_WINDOW = 16 * 2**20  # bytes a client may send before it hears from us
_PACKET = 262144


async def listen(
    port: int, key: asyncssh.SSHKey, server: Callable[[], asyncssh.SSHServer], **sessions: Any
) -> asyncssh.SSHAcceptor:
    """Listen on loopback: on `port` when it is free, else on any; public keys only."""
    try:
        return await _listen(port, key, server, sessions)
    except OSError as error:
        if port == 0 or error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        return await _listen(0, key, server, sessions)


async def _listen(
    port: int,
    key: asyncssh.SSHKey,
    server: Callable[[], asyncssh.SSHServer],
    sessions: dict[str, Any],
) -> asyncssh.SSHAcceptor:
    return await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=server,
        server_host_keys=[key],
        password_auth=False,
        kbdint_auth=False,
        host_based_auth=False,
        gss_kex=False,
        gss_auth=False,
        agent_forwarding=False,
        x11_forwarding=False,
        line_editor=False,
        encoding=None,
        window=_WINDOW,
        max_pktsize=_PACKET,
        **sessions,
    )
