"""Beoweb's session id over SSH: the global request `session_id` of its public-key login."""

from __future__ import annotations

import asyncio

from podtui.backends.ssh.connection import SshLink
from podtui.errors import BadAnswer, LoginRequired

_SECONDS = 20.0


async def ask_session_id(link: SshLink) -> str:
    """Log in over `link` and ask for a session id (RFC 4254, section 4: global requests).

    asyncssh has no public call for a global request of one's own, hence its private one.
    """
    from asyncssh.constants import MSG_REQUEST_SUCCESS
    from asyncssh.packet import PacketDecodeError

    async with link.channel() as connection, asyncio.timeout(_SECONDS):
        kind, packet = await connection._make_global_request(b"session_id")
    if kind != MSG_REQUEST_SUCCESS:
        raise LoginRequired("The key was accepted, and a Beoweb session refused.")
    try:
        session = packet.get_string().decode("ascii")
    except (PacketDecodeError, UnicodeDecodeError):
        session = ""
    if not session:
        raise BadAnswer("The public-key login answered without a session id.")
    return session
