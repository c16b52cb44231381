"""`podtui shell`: the terminal given to a shell on the login node, or where a job runs."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from podtui.cli.call import Answer, Call
from podtui.config.model import shell_host, ssh_options
from podtui.domain.job import JobKey
from podtui.errors import InputError, NotFound, NotOffered
from podtui.services.shells import check_shell, login_command, remote_command, shell_command

if TYPE_CHECKING:
    from podtui.services.session import Session


async def shell(call: Call, session: Session) -> Answer:
    """Run the system's ssh until the shell ends; Unreachable when ssh itself failed."""
    if call.args.json:
        raise InputError("A shell has the terminal for itself: it knows no --json.")
    if shutil.which("ssh") is None:
        raise NotOffered("There is no ssh command on this machine.", title="No shell")
    cluster = call.cluster
    command = await (
        _in_job(session, cluster, call.args.job) if call.args.job else _login(session, cluster)
    )
    process = await asyncio.create_subprocess_exec(*command)
    check_shell(command, await process.wait())
    return Answer(None)


async def _in_job(session: Session, cluster: str, job_id: str) -> list[str]:
    """The way to where the job runs, by the login node."""
    job = await session.jobs.job(JobKey(cluster, job_id))
    argv = await session.jobs.shell_command(job)
    return remote_command(session.clusters.config(cluster), argv)


async def _login(session: Session, cluster: str) -> list[str]:
    """The way to the machine the configuration names, or to the first login node that is up."""
    config = session.clusters.config(cluster)
    if shell_host(config):
        return login_command(config)
    overview = await session.nodes.overview(cluster)
    node = next((one for one in overview.nodes if one.active), None)
    if node is None:
        raise NotFound(
            f"{cluster} has no login node that is up.",
            title="No login node",
            hint="`podtui nodes create --wait` makes one.",
        )
    return shell_command(node, session.clusters.status(cluster).user, ssh_options(config))
