"""A cluster behind slurmrestd, `kind = "slurmrest"`, and its login node where one is named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import httpx

from podtui.backends.base import Files, Jobs, Operations, Prompter
from podtui.backends.lacking import Lacking
from podtui.backends.schedulers.base import Output
from podtui.backends.slurmrest.jobs import SlurmRestJobs, Who
from podtui.backends.slurmrest.negotiate import negotiate
from podtui.backends.slurmrest.operations import SlurmRestOperations
from podtui.backends.slurmrest.token import TokenKeeper, token_of
from podtui.backends.slurmrest.versions import Api, configured
from podtui.backends.slurmrest.wire import Wire
from podtui.backends.ssh.connection import SshLink
from podtui.backends.ssh.node_link import NodeLink
from podtui.backends.ssh.sftp import SftpFiles
from podtui.backends.ssh.shell import LoginShell
from podtui.backends.ssh.target import SshTarget
from podtui.backends.surveys import survey
from podtui.config.model import SlurmRestConfig
from podtui.domain.cluster import ClusterStatus, Facet, Offer
from podtui.domain.staging import Manner
from podtui.domain.survey import Survey
from podtui.domain.text import visible
from podtui.errors import (
    LoginRequired,
    NodeAsks,
    NodeRefused,
    NotOffered,
    PersonNeeded,
    PodError,
    Refused,
)
from podtui.paths import Paths

_SHELL_SECONDS = 120.0
_NOT_YET = "Not connected yet."
_NO_KEYS = "Slurm keeps no public keys; those of a login node are in ~/.ssh/authorized_keys there."
_NO_FILES = "slurmrestd moves no files: set ssh_host, and they travel over SSH to that login node."


class SlurmRestBackend(Lacking):
    """Backend for `kind = "slurmrest"`."""

    manner = Manner()
    lacks = (
        (Facet.NODES, "A Slurm makes no login nodes."),
        (Facet.KEYS, _NO_KEYS),
    )

    def __init__(
        self,
        config: SlurmRestConfig,
        paths: Paths,
        prompter: Prompter,
        clock: Callable[[], datetime],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = config.name
        self._config = config
        self._clock = clock
        self._transport = transport
        self._link = _link(config, paths, prompter)
        self._files = SftpFiles(self._link) if self._link else None
        self._shell = LoginShell(self._link) if self._link else None
        ask = self._ask_for_token if self._shell else None
        self._tokens = TokenKeeper(config, clock, ask)
        self._wire: Wire | None = None
        self._jobs: SlurmRestJobs | None = None
        self._api: Api | None = None
        self._release = ""
        self._facts: tuple[tuple[str, str], ...] = ()
        self._home = ""
        self._lock = asyncio.Lock()

    def status(self) -> ClusterStatus:
        """Who we are there, which version is spoken, and what it told at the login."""
        slurm = f"Slurm {self._release}".strip()
        jobs, files = self._jobs is not None, self._files is not None
        return ClusterStatus(
            name=self.name,
            kind=self._config.kind,
            user=self._tokens.user,
            about=f"{slurm} through slurmrestd {self._api.name}" if self._api else "",
            facts=self._facts,
            token_expires=self._tokens.expires,
            offers=self.offers(
                Offer(Facet.JOBS, jobs, "" if jobs else _NOT_YET),
                Offer(Facet.FILES, files, "" if files else _NO_FILES),
                Offer(Facet.OPERATIONS, jobs, "" if jobs else _NOT_YET),
            ),
        )

    async def connect(self) -> None:
        """Agree on a version, prove the token, and find out what there is.

        A ping answers whoever asks: the partitions are asked for, which prove the token.
        """
        async with self._lock:
            wanted = configured(self._config.api)
            wire = self._wire or Wire(self._config, self._tokens, self._transport)
            self._wire = wire
            api, release = await negotiate(wire, wanted)
            who = Who(
                lambda: self._tokens.user,
                self._find_home,
                lambda: self._home,
                self._requeue if self._shell else None,
            )
            jobs = SlurmRestJobs(self.name, wire, api, who, self._clock)
            queues = await jobs.queues()
            await jobs.history.probe()
            self._api, self._release = api, release
            self._facts = await _facts(jobs, api, release, len(queues))
            self._jobs = jobs

    async def open_shell_link(self) -> None:
        """Log in to the login node, if not done yet."""
        if self._link is None:
            raise NotOffered(_NO_FILES)
        await self._link.connect()

    async def survey(self) -> Survey:
        """The clock and the quotas of the login node; NotOffered without one."""
        if self._shell is None:
            raise NotOffered("There is no login node to ask (ssh_host).")
        return await survey(self._shell, (), self._clock)

    async def close(self) -> None:
        """Let go of every connection."""
        if self._link is not None:
            await self._link.close()
        wire, self._wire, self._jobs = self._wire, None, None
        if wire is not None:
            await wire.close()

    @property
    def jobs(self) -> Jobs:
        """The scheduler."""
        return self.slurm

    @property
    def slurm(self) -> SlurmRestJobs:
        """The same with what Slurm alone has: signals, updates, reservations, counters."""
        if self._jobs is None:
            raise NotOffered(_NOT_YET)
        return self._jobs

    @property
    def files(self) -> Files:
        """The files of the login node."""
        if self._files is None:
            raise NotOffered(_NO_FILES)
        return self._files

    @property
    def operations(self) -> Operations:
        """Signals, limits, reservations and counters."""
        return SlurmRestOperations(lambda: self.slurm)

    async def _find_home(self) -> str:
        """The home there, where a login node can tell it; asked once."""
        if not self._home and self._files is not None:
            self._home = await self._files.resolve("~")
        return self._home

    async def _ask_for_token(self) -> str:
        """A token from `scontrol token` on the login node, whose refusal is one to log in."""
        try:
            done = await self._on_login_node("scontrol", "token")
        except NodeAsks as error:
            raise PersonNeeded(error.message) from None
        except NodeRefused as error:
            raise LoginRequired(error.message, title=error.title, hint=error.hint) from None
        if done.returncode:
            raise LoginRequired(f"`scontrol token` on the login node: {_words(done)}")
        return token_of(done.stdout)

    async def _requeue(self, job_id: str) -> None:
        done = await self._on_login_node("scontrol", "requeue", job_id, changes=True)
        if done.returncode:
            raise Refused(f"scontrol requeue {job_id}: {_words(done)}")

    async def _on_login_node(self, *argv: str, changes: bool = False) -> Output:
        assert self._shell is not None, "asked for only where there is a login node"
        return await self._shell.run(argv, timeout=_SHELL_SECONDS, changes=changes)


def _link(config: SlurmRestConfig, paths: Paths, prompter: Prompter) -> SshLink | None:
    if not config.ssh_host:
        return None
    user = config.user or None
    target = SshTarget(config.name, config.ssh_host, config.port, user, config.ssh)
    return NodeLink(target, paths=paths, prompter=prompter)


def _words(done: Output) -> str:
    said = (done.stderr.strip() or done.stdout.strip()).decode("utf-8", "replace")
    return visible(said, 200) or f"status {done.returncode}"


async def _facts(
    jobs: SlurmRestJobs, api: Api, release: str, partitions: int
) -> tuple[tuple[str, str], ...]:
    """What was found at the login, for a person; what fails here stops nothing."""
    found = [("API", str(api)), ("Slurm", release), ("Partitions", str(partitions))]
    found.append(("History", "told by the database" if not jobs.history.lack else ""))
    try:
        count = len(await jobs.reservations())
        found.append(("Reservations", str(count)))
    except PodError:
        found.append(("Reservations", ""))
    try:
        told = dict(await jobs.diagnostics())
    except PodError:
        return tuple(found)
    for name, key in (("Running jobs", "jobs_running"), ("Waiting jobs", "jobs_pending")):
        if key in told:
            found.append((name, str(told[key])))
    return tuple(found)
