"""The link to a login node beside another service, which has a login of its own."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from podtui.backends.ssh.connection import SshLink
from podtui.backends.unattended import nobody_here
from podtui.errors import LoginRequired, NodeAsks, NodeRefused, PersonNeeded

if TYPE_CHECKING:
    import asyncssh


class NodeLink(SshLink):
    """A link whose refusal says nothing about the service that gives jobs.

    What goes on by itself knocks once at a node that has questions, and then waits for a person.
    """

    _asks: NodeAsks | None = None

    async def _connection(self) -> asyncssh.SSHClientConnection:
        if self._asks and nobody_here() and not self.connected:
            raise copy.copy(self._asks)
        try:
            connection = await super()._connection()
        except PersonNeeded as error:
            self._asks = NodeAsks(error.message)
            raise copy.copy(self._asks) from None
        except LoginRequired as error:
            raise NodeRefused(error.message, title=error.title, hint=error.hint) from None
        self._asks = None
        return connection
