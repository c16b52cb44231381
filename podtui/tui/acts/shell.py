"""The terminal given away for a while: to the system's ssh, or to a pager."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import Any

from textual.app import App, SuspendNotSupported

from podtui.errors import NotOffered
from podtui.services.shells import SSH_FAILED, check_shell


async def run_shell(app: App[Any], command: list[str]) -> None:
    """Run `command`, an ssh, in the terminal.

    Unreachable when ssh itself failed, NotOffered where the terminal cannot be given away.
    """
    check_shell(command, await run_in_terminal(app, command, wait_after=SSH_FAILED))


async def run_in_terminal(
    app: App[Any], command: list[str], *, wait_after: int | None = None
) -> int:
    """Run `command` in the terminal; transfers and polls go on meanwhile, unseen.

    Its exit status; after `wait_after` its last words stay until Enter is pressed. NotOffered
    where it cannot be run.
    """
    try:
        with app.batch_update(), app.suspend():  # nothing is drawn while it is not ours
            process = await asyncio.create_subprocess_exec(*command)
            try:
                status = await process.wait()
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.terminate()
                    await process.wait()
            if status == wait_after:  # its message would be gone at once
                await asyncio.to_thread(_wait_for_enter)
    except SuspendNotSupported:
        raise NotOffered("This terminal cannot be given away.", title="No terminal") from None
    except OSError as error:
        raise NotOffered(
            f"{command[0]} cannot be run: {error.strerror}.", title="Cannot run it"
        ) from None
    app.refresh(layout=True)
    return status


def _wait_for_enter() -> None:
    sys.stdout.write("\nPress Enter to go back to podtui. ")
    sys.stdout.flush()
    sys.stdin.readline()
