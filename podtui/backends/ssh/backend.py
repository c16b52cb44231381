"""A cluster that is a login node with a scheduler: `kind = "ssh"`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from podtui.backends.base import Jobs, Keys, Prompter
from podtui.backends.lacking import Lacking
from podtui.backends.ssh.connection import SshLink
from podtui.backends.ssh.last_probe import LastProbe
from podtui.backends.ssh.shell import LoginShell
from podtui.backends.ssh.target import SshTarget
from podtui.config.model import SshConfig
from podtui.domain.cluster import ClusterStatus, Facet, Offer
from podtui.domain.staging import Manner
from podtui.errors import NotOffered, PodError
from podtui.paths import Paths

if TYPE_CHECKING:
    from podtui.backends.schedulers.base import Output
    from podtui.backends.ssh.authorized_keys import AuthorizedKeys
    from podtui.backends.ssh.detect import Site
    from podtui.backends.ssh.queue_jobs import QueueJobs
    from podtui.backends.ssh.sftp import SftpFiles
    from podtui.domain.survey import Survey

_PROBE_SECONDS = 120.0  # a loaded login node with its home on NFS may be slow to start a shell


class SshBackend(Lacking):
    """Backend for `kind = "ssh"`: one connection for jobs and files.

    What jobs, files and keys need is imported with the first of them: a login begins before that.
    """

    manner = Manner(files_alone=True, settles=True)
    lacks = (
        (Facet.NODES, "This cluster is a login node: there is no cloud controller to make others."),
        (Facet.OPERATIONS, "A login node runs what you type in its shell."),
    )

    def __init__(
        self, config: SshConfig, paths: Paths, prompter: Prompter, clock: Callable[[], datetime]
    ) -> None:
        self.name = config.name
        self._config = config
        self._clock = clock
        self._paths, self._prompter = paths, prompter
        self._target = SshTarget(
            config.name,
            config.host or config.name,
            config.port,
            config.user or None,
            config.ssh,
        )
        self._link = SshLink(self._target, paths=paths, prompter=prompter)
        self._files: SftpFiles | None = None
        self._shell = LoginShell(self._link, dict(config.environment))
        self._keys: AuthorizedKeys | None = None
        self._lock = asyncio.Lock()
        self._jobs: QueueJobs | None = None
        self._last_probe = LastProbe(paths.state, config.name)
        self.list_follows = False
        self.site: Site | None = None

    def status(self) -> ClusterStatus:
        """Who we are there and which scheduler it is, as far as known."""
        site = self.site
        facts: tuple[tuple[str, str], ...] = ()
        if site:
            from podtui.backends.ssh.detect import site_facts

            facts = site_facts(site)
        about = f"{site.scheduler} {site.version} on {site.host}".strip() if site else ""
        return ClusterStatus(
            name=self.name,
            kind=self._config.kind,
            user=site.user if site else self._config.user,
            about=about,
            facts=facts,
            clock_ahead=site.skew if site else None,
            offers=self.offers(
                Offer(Facet.JOBS, site is not None, "" if site else "Not connected yet."),
                Offer(Facet.FILES, offered=True),
                Offer(Facet.KEYS, offered=True),
            ),
        )

    async def connect(self) -> None:
        """Log in, and find out who we are, which scheduler there is, and what its clock says.

        Where a list of the jobs follows it is asked for meanwhile, by what was found last time.
        """
        async with self._lock:
            guess = await asyncio.to_thread(self._guess)
            from podtui.backends.ssh.detect import PROBE

            jobs = self._queue(guess) if guess else None
            try:
                if jobs is not None:
                    jobs.list_ahead()
                output = await self._shell.script(PROBE, timeout=_PROBE_SECONDS)
                site = self._read(output)
            except BaseException:
                if jobs is not None:
                    await jobs.stop_ahead()
                raise
            if jobs is None or guess is None or not _alike(guess, site):
                if jobs is not None:
                    await jobs.stop_ahead()
                jobs = self._queue(site)
                await asyncio.to_thread(self._last_probe.keep, output)
            self._jobs, self.site = jobs, site

    def _guess(self) -> Site | None:
        """What the login node was last time, if the jobs are to be asked for by that."""
        if not self.list_follows or self.site is not None:
            return None
        told = self._last_probe.load()
        with suppress(PodError):
            return self._read(told) if told else None
        return None

    def _read(self, output: Output) -> Site:
        from podtui.backends.ssh.detect import read_site

        wanted, version = self._config.scheduler, self._config.scheduler_version
        return read_site(output, self._clock(), wanted, version)

    def _queue(self, site: Site) -> QueueJobs:
        from podtui.backends.schedulers.base import Account
        from podtui.backends.schedulers.choose import choose_scheduler
        from podtui.backends.ssh.queue_jobs import QueueJobs

        return QueueJobs(
            self.name,
            choose_scheduler(site.scheduler, site.version),
            Account(site.user, site.zone),
            self._shell,
            self.files,
            self._config.job_folder,
        )

    def begin(self, *, files: bool) -> None:
        """Log in before anybody asks, and start the file service with `files`."""
        self._link.begin(files=files)

    async def open_shell_link(self) -> None:
        """Log in, if not done yet."""
        await self._link.connect()

    async def survey(self) -> Survey:
        """The clock, what each command is, and the quotas there."""
        from podtui.backends.ssh.detect import versioned
        from podtui.backends.surveys import survey

        commands = versioned(self.site) if self.site else ()
        return await survey(self._shell, commands, self._clock)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._jobs is not None:
            await self._jobs.stop_ahead()
        await self._link.close()

    @property
    def jobs(self) -> Jobs:
        """The scheduler on the login node."""
        if self._jobs is None:
            raise NotOffered("Not connected yet.")
        return self._jobs

    @property
    def files(self) -> SftpFiles:
        """The files there."""
        if self._files is None:
            from podtui.backends.ssh.sftp import SftpFiles

            self._files = SftpFiles(self._link)
        return self._files

    @property
    def keys(self) -> Keys:
        """The lines of ~/.ssh/authorized_keys there."""
        if self._keys is None:
            from podtui.backends.ssh.authorized_keys import AuthorizedKeys

            self._keys = AuthorizedKeys(
                self._link, self.files, self._target, self._paths, self._prompter
            )
        return self._keys


def _alike(one: Site, other: Site) -> bool:
    """Whether both have the same jobs, told in the same way."""
    return (one.scheduler, one.version, one.user, one.zone) == (
        *(other.scheduler, other.version, other.user, other.zone),
    )
