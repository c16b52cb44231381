"""Clients that are born quickly, to be killed: each a process of its own, all libraries loaded.

    python -m tests.story.nursery SOCKET

Each line on stdin is an errand as JSON: config, state, direction, local, remote, rules and a
number. A process is forked for it that takes up what the ledger has, or else begins the errand,
and carries the queue out. It tells its pid, and each change of its transfer, as JSON lines to the
Unix socket. The nursery ends with its stdin.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import asyncssh

import podtui.backends.ssh.backend
import podtui.backends.ssh.identities
import podtui.backends.ssh.login
from podtui.domain.transfer import Direction, Rules, Transfer, Transport
from podtui.services import bundling
from tests.story.pod import session

LOADED = (asyncssh, podtui)
FILES_A_BUNDLE = 48


async def carry(errand: dict[str, Any], tell: Any) -> None:
    """Take up, or begin; until it has ended."""
    async with session(Path(errand["config"]), Path(errand["state"])) as podtui:
        transfers = podtui.transfers
        show = transfers.show
        told: dict[str, object] = {}

        def shown(transfer: Transfer) -> None:
            moving = transfer.bytes_done > transfer.resumed
            news = {
                "state": transfer.state.value,
                "resumed": transfer.resumed,
                "total": transfer.bytes_total,
                "moving": moving,
                "note": transfer.note,
            }
            if news != told:
                told.update(news)
                tell(**news)
            show(transfer)

        transfers.show = shown  # type: ignore[method-assign]
        await transfers.load()
        if not transfers.transfers:
            rules = Rules(transport=Transport(errand["transport"]))
            direction = Direction(errand["direction"])
            transfers.add("far", direction, errand["local"], errand["remote"], rules=rules)
        async with asyncio.TaskGroup() as group:
            queue = group.create_task(transfers.run())
            while not all(one.state.ended for one in transfers.transfers):
                await transfers.news.after(transfers.news.count)
            queue.cancel()
        for one in transfers.transfers:
            tell(state=one.state.value, error=one.error, end=True)


def live(errand: dict[str, Any], place: str) -> None:
    """A process's whole life."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    bundling._FILES = FILES_A_BUNDLE
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(place)

        def tell(**facts: object) -> None:
            line.sendall(json.dumps(facts).encode() + b"\n")

        tell(pid=os.getpid(), number=errand["number"])
        asyncio.run(carry(errand, tell))


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed need nobody to wait for them
    for text in sys.stdin:
        if os.fork() == 0:
            live(json.loads(text), sys.argv[1])
            os._exit(0)
