"""The SSH agent: put a key in for a while, take it out."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.backends.ssh.key_changes import open_key
from podtui.domain.key import PublicKey
from podtui.domain.text import visible
from podtui.errors import NotFound, NotOffered, Refused

if TYPE_CHECKING:
    import asyncssh


async def add_to_agent(path: Path, passphrase: str = "", seconds: int = 0) -> None:
    """Put the key of `path` into the agent, for `seconds`, or until the agent ends with 0.

    LoginRequired when the passphrase does not open it, NotOffered when no agent answers.
    """
    async with _agent() as agent:
        key = await open_key(path, passphrase)
        try:
            await agent.add_keys([key], lifetime=seconds or None)
        except (ValueError, OSError) as error:
            raise Refused(
                f"The agent did not take {visible(path.name, 80)}: {visible(str(error), 120)}.",
                hint="It may be locked (`ssh-add -X`), or not take keys of this type.",
            ) from error


async def remove_from_agent(key: PublicKey) -> None:
    """Take a key out of the agent; NotFound when it does not hold it."""
    async with _agent() as agent:
        try:
            held = await agent.get_keys()
            ours = [pair for pair in held if _data(pair) == key.data]
            if not ours:
                raise NotFound(f"The agent does not hold {key.fingerprint}.")
            await agent.remove_keys(ours)
        except (ValueError, OSError) as error:
            raise Refused(f"The agent kept the key: {visible(str(error), 120)}.") from error


@asynccontextmanager
async def _agent() -> AsyncIterator[asyncssh.SSHAgentClient]:
    import asyncssh

    socket = os.environ.get("SSH_AUTH_SOCK", "")
    if not socket:
        raise _no_agent("SSH_AUTH_SOCK is not set")
    try:
        agent = await asyncssh.connect_agent(socket)
    except (OSError, asyncssh.Error) as error:
        raise _no_agent(str(error)) from error
    try:
        yield agent
    finally:
        agent.close()
        await asyncio.shield(agent.wait_closed())


def _no_agent(reason: str) -> NotOffered:
    return NotOffered(
        f"No SSH agent answers: {visible(reason, 120)}.",
        title="No SSH agent",
        hint='Start one with eval "$(ssh-agent)" and start podtui in that shell.',
    )


def _data(pair: asyncssh.SSHKeyPair) -> str:
    return base64.b64encode(pair.key_public_data).decode()
