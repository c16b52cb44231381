"""The system's ssh as a way in: the command for a shell on a login node, or where a job runs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from podtui.config.model import ClusterConfig, SshConfig, SshOptions, shell_host, ssh_options
from podtui.domain.node import LoginNode
from podtui.errors import NotOffered, Unreachable

_STRICTNESS = {"ask": "ask", "accept-new": "accept-new", "strict": "yes"}
SSH_FAILED = 255
"""ssh(1): "or with 255 if an error occurred"."""


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


def remote_command(config: ClusterConfig, argv: Sequence[str]) -> list[str]:
    """The ssh command that runs `argv` with a terminal on a cluster's login node.

    There it runs in a login shell, for only that knows where the scheduler's commands are.
    NotOffered where the cluster is no login node.
    """
    if not isinstance(config, SshConfig):
        raise NotOffered("A shell in a job needs a login node of its own.", title="No shell")
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


def check_shell(command: Sequence[str], status: int) -> None:
    """Unreachable when `command`, an ssh, ended because ssh itself failed."""
    if status == SSH_FAILED:
        host = command[command.index("--") + 1]
        raise Unreachable(
            f"ssh to {host} ended with status {status}.",
            title="Shell",
            hint="What it said stands above; try again when that is mended.",
        )
