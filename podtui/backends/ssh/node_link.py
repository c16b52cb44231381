"""The link to a login node beside another service, which has a login of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podtui.backends.ssh.connection import SshLink
from podtui.errors import LoginRequired, NodeRefused

if TYPE_CHECKING:
    import asyncssh


class NodeLink(SshLink):
    """A link whose refusal says nothing about the service that gives jobs."""

    async def _connection(self) -> asyncssh.SSHClientConnection:
        try:
            return await super()._connection()
        except LoginRequired as error:
            raise NodeRefused(error.message, title=error.title, hint=error.hint) from None
