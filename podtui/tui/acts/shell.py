"""The terminal given away for a while: to the system's ssh, or to a pager."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from textual.app import App, SuspendNotSupported

from podtui.config.model import ClusterConfig, SshConfig, SshOptions, shell_host, ssh_options
from podtui.domain.node import LoginNode
from podtui.errors import NotOffered, Unreachable

_STRICTNESS = {"ask": "ask", "accept-new": "accept-new", "strict": "yes"}
_SSH_FAILED = 255  # ssh(1): "or with 255 if an error occurred"


def shell_command(node: LoginNode, user: str, options: SshOptions) -> list[str]:
    """The ssh command for a node, by the same key, port and known hosts as podtui's own link.

    The address is told by a server: it stands behind `--`, so that it can never be an option.
    """
    return [
        *("ssh", "-p", str(node.ssh_port)),
        *_options(user, options),
        *("--", node.address),
    ]


def login_command(config: ClusterConfig) -> list[str]:
    """The ssh command for the machine that the configuration of a cluster names."""
    port = getattr(config, "port", None)
    return [
        *("ssh", *(("-p", str(port)) if port is not None else ())),
        *_options(config.user, ssh_options(config)),
        *("--", shell_host(config)),
    ]


def remote_command(config: SshConfig, argv: Sequence[str]) -> list[str]:
    """The ssh command that runs `argv` with a terminal on a cluster's login node.

    There it runs in a login shell, for only that knows where the scheduler's commands are.
    """
    port = ["-p", str(config.port)] if config.port is not None else []
    variables = [f"{name}={value}" for name, value in config.environment]
    inner = ["exec", *(("env", *variables) if variables else ()), *argv]
    return [
        *("ssh", "-t", *port),
        *_options(config.user, config.ssh),
        *("--", config.host or config.name),
        shlex.join(["/bin/sh", "-lc", shlex.join(inner)]),
    ]


def _options(user: str, options: SshOptions) -> list[str]:
    """Whom, with which key, and which hosts are known, as podtui's own link has it."""
    command = ["-l", user] if user else []
    if options.identity_file is not None:
        command += ["-i", str(options.identity_file), "-o", "IdentitiesOnly=yes"]
    if options.known_hosts is not None:
        command += ["-o", f'UserKnownHostsFile="{options.known_hosts}"']
    return [*command, "-o", f"StrictHostKeyChecking={_STRICTNESS.get(options.host_keys, 'ask')}"]


async def run_shell(app: App[Any], command: list[str]) -> None:
    """Run `command`, an ssh, in the terminal.

    Unreachable when ssh itself failed, NotOffered where the terminal cannot be given away.
    """
    status = await run_in_terminal(app, command, wait_after=_SSH_FAILED)
    if status == _SSH_FAILED:
        raise Unreachable(
            f"ssh to {_host(command)} ended with status {status}.",
            title="Shell",
            hint="Press s to try again.",
        )


def _host(command: list[str]) -> str:
    """What stands behind `--`."""
    return command[command.index("--") + 1]


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
