"""A shell on a login node: the terminal is given to the system's ssh until it ends."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import Any

from textual.app import App, SuspendNotSupported

from podtui.config.model import SshOptions
from podtui.domain.node import LoginNode
from podtui.errors import NotOffered, Unreachable

_STRICTNESS = {"ask": "ask", "accept-new": "accept-new", "strict": "yes"}
_SSH_FAILED = 255  # ssh(1): "or with 255 if an error occurred"


def shell_command(node: LoginNode, user: str, options: SshOptions) -> list[str]:
    """The ssh command for a node, by the same key, port and known hosts as podtui's own link.

    The address is told by a server: it stands behind `--`, so that it can never be an option.
    """
    command = ["ssh", "-p", str(node.ssh_port)]
    if user:
        command += ["-l", user]
    if options.identity_file is not None:
        command += ["-i", str(options.identity_file), "-o", "IdentitiesOnly=yes"]
    if options.known_hosts is not None:
        command += ["-o", f'UserKnownHostsFile="{options.known_hosts}"']
    command += ["-o", f"StrictHostKeyChecking={_STRICTNESS.get(options.host_keys, 'ask')}"]
    return [*command, "--", node.address]


async def run_shell(app: App[Any], command: list[str]) -> None:
    """Run `command` in the terminal; transfers and polls go on meanwhile, unseen.

    Unreachable when ssh itself failed, NotOffered where the terminal cannot be given away.
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
            if status == _SSH_FAILED:  # its message would be gone at once
                await asyncio.to_thread(_wait_for_enter)
    except SuspendNotSupported:
        raise NotOffered("This terminal cannot be given to a shell.", title="No shell") from None
    except OSError as error:
        raise NotOffered(f"ssh cannot be run: {error.strerror}.", title="No shell") from None
    app.refresh(layout=True)
    if status == _SSH_FAILED:
        raise Unreachable(
            f"ssh to {command[-1]} ended with status {status}.",
            title="Shell",
            hint="Press s to try again.",
        )


def _wait_for_enter() -> None:
    sys.stdout.write("\nPress Enter to go back to podtui. ")
    sys.stdout.flush()
    sys.stdin.readline()
