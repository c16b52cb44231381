"""A cluster behind a resop service: `kind = "resop"`."""

from __future__ import annotations

import asyncio
from datetime import datetime

import httpx

from podtui.backends.base import Files, Jobs, Operations, Prompter
from podtui.backends.clock import Clock, utc_now
from podtui.backends.lacking import Lacking
from podtui.backends.resop.files import ResopFiles
from podtui.backends.resop.operations import ResopOperations
from podtui.backends.resop.shell import ResopShell
from podtui.backends.resop.wire import ResopWire
from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.choose import choose_scheduler
from podtui.backends.ssh.detect import PROBE, Site, read_site, site_facts, versioned
from podtui.backends.ssh.queue_jobs import QueueJobs
from podtui.backends.surveys import survey
from podtui.config.model import ResopConfig
from podtui.domain.cluster import ClusterStatus, Facet, Offer
from podtui.domain.staging import Manner
from podtui.domain.survey import Survey
from podtui.errors import ConfigError, NotOffered
from podtui.paths import Paths

_PROBE_SECONDS = 45.0
_TOOLS = ("base64", "timeout", "find", "stat", "truncate", "sha256sum", "gzip")
_PROBE_TOOLS = (
    f"for tool in {' '.join(_TOOLS)}; do\n"
    '  path=$(command -v "$tool" 2>/dev/null) && echo "tool=$tool $path"\n'
    "done\n"
)
_NOT_YET = "Not connected yet."
_NO_KEYS = "resop keeps no keys of yours; those of the cluster are in ~/.ssh/authorized_keys there."
_NO_NODES = "resop reaches one cluster: there is no cloud controller to make login nodes."


class ResopBackend(Lacking):
    """Backend for `kind = "resop"`: jobs, files and operations through one HTTP service."""

    manner = Manner()
    lacks = (
        (Facet.NODES, _NO_NODES),
        (Facet.KEYS, _NO_KEYS),
    )

    def __init__(
        self,
        config: ResopConfig,
        paths: Paths,
        prompter: Prompter,
        clock: Clock = utc_now,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = config.name
        self._config = config
        self._clock = clock
        self._wire = ResopWire(config, paths, prompter, transport)
        self._shell = ResopShell(self._wire)
        self._files = ResopFiles(self._shell)
        self._operations = ResopOperations(self._wire, self._shell)
        self._lock = asyncio.Lock()
        self._jobs: QueueJobs | None = None
        self._connected = False
        self._no_jobs = _NOT_YET
        self.site: Site | None = None

    def status(self) -> ClusterStatus:
        """Who we are there and which scheduler it is, as far as known."""
        site = self.site
        about = f"{site.scheduler} {site.version} on {site.host}, by resop".strip() if site else ""
        reason = "" if self._connected else _NOT_YET
        return ClusterStatus(
            name=self.name,
            kind=self._config.kind,
            user=site.user if site else self._config.user,
            about=about or ("resop, and no scheduler behind it" if self._connected else ""),
            facts=_facts(site) if site else (),
            clock_ahead=site.skew if site else None,
            offers=self.offers(
                Offer(Facet.JOBS, self._jobs is not None, "" if self._jobs else self._no_jobs),
                Offer(Facet.FILES, self._connected, reason),
                Offer(Facet.OPERATIONS, self._connected, reason),
            ),
        )

    async def connect(self) -> None:
        """Log in, and find out who we are, which scheduler there is, and what its clock says."""
        async with self._lock:
            output = await self._shell.script(_PROBE_TOOLS + PROBE, timeout=_PROBE_SECONDS)
            self._connected = True
            self._look_at(output, self._clock())

    def _look_at(self, output: Output, now: datetime) -> None:
        """Offer jobs where there is a scheduler; files and operations need none."""
        try:
            site = read_site(output, now)
        except ConfigError as error:
            self.site = self._jobs = None
            self._no_jobs = error.message
            return
        self._jobs = QueueJobs(
            self.name,
            choose_scheduler(site.scheduler, site.version),
            Account(site.user, site.zone),
            self._shell,
            self._files,
            self._config.job_folder,
        )
        self.site = site

    async def open_shell_link(self) -> None:
        """Make sure the cluster behind the service answers."""
        await self._shell.run(("true",), timeout=_PROBE_SECONDS)

    async def survey(self) -> Survey:
        """The clock, what each command is, and the quotas behind the service."""
        commands = versioned(self.site) if self.site else ()
        return await survey(self._shell, commands, self._clock)

    async def close(self) -> None:
        """Let go of the connections; the token stays good for the next start."""
        await self._wire.close()

    @property
    def jobs(self) -> Jobs:
        """The scheduler behind the service."""
        if self._jobs is None:
            raise NotOffered(self._no_jobs)
        return self._jobs

    @property
    def files(self) -> Files:
        """The files there."""
        return self._files

    @property
    def operations(self) -> Operations:
        """The commands and operations the service lists."""
        return self._operations


def _facts(site: Site) -> tuple[tuple[str, str], ...]:
    """What the login found, and each tool the way through resop needs."""
    told = [fact for fact in site_facts(site) if fact[0] not in _TOOLS]
    return (*told, *((tool, site.tools.get(tool, "")) for tool in _TOOLS))
