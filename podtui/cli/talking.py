"""A command that talks to clusters: the session it needs, and a login that begins before it."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from podtui.backends.ahead import LogsInAhead
from podtui.backends.clock import utc_now
from podtui.backends.collector import collector_at_rest
from podtui.backends.open import open_backend
from podtui.backends.unattended import AttendedPrompter
from podtui.cli.call import Answer, Call, Command, find_command, may_begin, moves_files
from podtui.cli.prompter import TerminalPrompter
from podtui.config.model import ClusterConfig, Config, SshConfig

if TYPE_CHECKING:
    from podtui.backends.base import Backend
    from podtui.services.clusters import OpenBackend
    from podtui.services.file_session import FileSession


def goes_to(args: Namespace, config: Config) -> tuple[SshConfig, ...]:
    """The login nodes that a command begins with."""
    if not may_begin(args.run):
        return ()
    if not hasattr(args, "source"):
        found = [config.cluster(args.cluster)]
    else:  # copy and sync may name a cluster at each end
        named = {end.partition(":")[0] for end in (args.source, args.target) if ":" in end}
        found = [one for one in config.clusters if one.name in named]
    return tuple(one for one in found if isinstance(one, SshConfig))


async def talk(call: Call) -> Answer:
    """Carry out a command of clusters.

    Python and the network take turns: a login that waits for the far side goes on while what the
    command needs is imported in a thread.
    """
    prompter = TerminalPrompter(call.out)
    async with _begun(call, AttendedPrompter(prompter)) as (opener, backends):
        command, kind = await asyncio.to_thread(_load, call.args.run, backends)
        async with kind(call.config, call.paths, prompter, opener=opener) as session:
            answer: Answer = await command(call, session)
            return answer


def _load(run: str, begun: Sequence[Backend]) -> tuple[Command, type[FileSession]]:
    with collector_at_rest():
        if moves_files(run):
            tuple(backend.files for backend in begun)  # who asks first has them imported
            from podtui.services.file_session import FileSession

            return find_command(run), FileSession
        from podtui.services.session import Session

        return find_command(run), Session


@asynccontextmanager
async def _begun(
    call: Call, prompter: AttendedPrompter
) -> AsyncIterator[tuple[OpenBackend, tuple[Backend, ...]]]:
    """What opens a cluster's backend; and those the command goes to, which log in already."""
    begun: dict[str, Backend] = {}
    files = moves_files(call.args.run)

    def opener(config: ClusterConfig) -> Backend:
        return begun.pop(config.name, None) or open_backend(config, call.paths, prompter, utc_now)

    async with AsyncExitStack() as ends:
        for config in goes_to(call.args, call.config):
            with collector_at_rest():
                backend = open_backend(config, call.paths, prompter, utc_now)
            ends.push_async_callback(backend.close)
            if isinstance(backend, LogsInAhead):
                backend.begin(files=files)
            begun[config.name] = backend
        yield opener, tuple(begun.values())
