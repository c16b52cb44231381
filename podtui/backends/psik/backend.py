"""A cluster behind psik_api: `kind = "psik"`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx

from podtui.backends.base import Files, Jobs, Prompter
from podtui.backends.http import build_client
from podtui.backends.lacking import Lacking
from podtui.backends.psik.biscuit import BiscuitAuth, Facts, read_blocks
from podtui.backends.psik.files import PsikFiles
from podtui.backends.psik.jobs import Memory, PsikJobs
from podtui.backends.psik.refusal import NotServed
from podtui.backends.psik.site import Site, System, chosen, read_systems
from podtui.backends.psik.wire import Wire
from podtui.config.model import PsikConfig
from podtui.domain.cluster import ClusterStatus, Facet, Offer
from podtui.domain.staging import Manner
from podtui.errors import (
    BadAnswer,
    ConfigError,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    Refused,
)
from podtui.paths import Paths

_VERSIONS = ("v1", "v2")


class PsikBackend(Lacking):
    """Backend for `kind = "psik"`."""

    manner = Manner(job_folder="/jobs/{id}", parts=False, job_specs=True)
    lacks = (
        (Facet.NODES, "psik_api makes no login nodes."),
        (Facet.KEYS, "psik_api keeps no SSH keys."),
        (Facet.OPERATIONS, "psik_api offers no operations beside jobs."),
    )

    def __init__(
        self,
        config: PsikConfig,
        paths: Paths,  # noqa: ARG002 - nothing of it is kept on disk
        prompter: Prompter,  # noqa: ARG002 - nobody is asked
        clock: Callable[[], datetime],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = config.name
        self._config = config
        self._clock = clock
        self._transport = transport
        self._wire: Wire | None = None
        self._site: Site | None = None
        self._facts = Facts()
        self._ahead = timedelta()
        self._memory = Memory()
        self._jobs: PsikJobs | None = None
        self._files: PsikFiles | None = None
        self._lock = asyncio.Lock()

    def status(self) -> ClusterStatus:
        """What answers there, and what is offered, as far as known."""
        site = self._site
        offered = site is not None
        waiting = "" if offered else _NOT_CONNECTED
        return ClusterStatus(
            name=self.name,
            kind=self._config.kind,
            user=self._user,
            about=f"psik_api v{site.version}, {_systems(site.systems)}" if site else "",
            facts=_facts(site) if site else (),
            clock_ahead=self._ahead if site else None,
            token_expires=self._facts.expires,
            offers=self.offers(
                Offer(Facet.JOBS, offered, waiting),
                Offer(Facet.FILES, offered, waiting),
            ),
        )

    async def connect(self) -> None:
        """Find its API's version and its queueing systems, and whether it knows us."""
        async with self._lock:
            token = self._config.token
            auth = BiscuitAuth(token) if token else None
            wire = Wire(self._new_client(auth))
            try:
                await self._use(wire, auth)
            except BaseException:
                await wire.close()
                raise
            before, self._wire = self._wire, wire
            if before is not None:
                await before.close()

    async def open_shell_link(self) -> None:
        """There is no shell: files come over HTTP like jobs."""

    async def close(self) -> None:
        """Let go of every connection."""
        if self._wire is not None:
            await self._wire.close()
        self._wire = self._jobs = self._files = None

    @property
    def jobs(self) -> Jobs:
        """The service's jobs."""
        if self._jobs is None:
            raise NotOffered(_NOT_CONNECTED)
        return self._jobs

    @property
    def files(self) -> Files:
        """The jobs' folders, logs and scripts."""
        if self._files is None:
            raise NotOffered(_NOT_CONNECTED)
        return self._files

    @property
    def _user(self) -> str:
        return self._config.user or self._facts.user

    async def _use(self, wire: Wire, auth: BiscuitAuth | None) -> None:
        version = await self._find_version(wire)
        systems = chosen(read_systems(await wire.ask("backends")), self._config.backend)
        if wire.date is not None:
            self._ahead = _ahead(wire.date, self._clock())
        # the first route that asks who we are
        await wire.ask("jobs", params={"backend": systems[0].name, "limit": "1"})
        self._facts = await _facts_of_token(wire) if auth and auth.has_token else Facts()
        site = Site(version, systems)
        jobs = PsikJobs(self.name, self._user, wire, site, self._memory, self._now)
        self._files = PsikFiles(wire, version, jobs.at, jobs.list_jobs)
        self._jobs, self._site = jobs, site

    def _now(self) -> datetime:
        return self._clock() + self._ahead

    def _new_client(self, auth: BiscuitAuth | None) -> httpx.AsyncClient:
        config = self._config
        if not config.url and not config.uds:
            raise ConfigError(
                f"Cluster {self.name} names neither url nor uds.",
                hint="Set url to the service's address, or uds to the path of its UNIX socket.",
            )
        return build_client(
            _root(config.url or "http://localhost"),
            auth=auth,
            ca_file=config.ca_file,
            client_cert=config.client_cert,
            client_key=config.client_key,
            uds=config.uds,
            transport=self._transport,
        )

    async def _find_version(self, wire: Wire) -> int:
        """1 or 2, by which of them has a list of backends; it is open to everybody."""
        named = self._config.url.rstrip("/").rpartition("/")[2]
        versions = (named,) if named in _VERSIONS else _VERSIONS
        await wire.knock(f"{versions[0]}/backends")
        for version in versions:
            wire.version = version
            try:
                await wire.ask("backends")
            except (NotFound, NotServed):
                continue
            return int(version[1:])
        raise BadAnswer(
            f"There is no psik_api at {self._config.url or self._config.uds} "
            f"(asked for {' and '.join(versions)}).",
            hint="Set this cluster's url to the service's address without a path.",
        )


async def _facts_of_token(wire: Wire) -> Facts:
    """Whose the token we sent is, and when it ends, as the service reads it."""
    try:
        return read_blocks(await wire.change("POST", "token"))
    except (NotServed, Refused, BadAnswer, OutcomeUnknown):  # it changes nothing there
        return Facts()


def _root(url: str) -> str:
    root, _, last = url.rstrip("/").rpartition("/")
    return root if last in _VERSIONS else url


def _ahead(there: datetime, here: datetime) -> timedelta:
    """How far its clock is ahead; it tells whole seconds."""
    ahead = there - here
    return ahead if abs(ahead) > timedelta(seconds=2) else timedelta()


def _systems(systems: tuple[System, ...]) -> str:
    return ", ".join(f"{one.name} ({one.kind})" for one in systems)


def _facts(site: Site) -> tuple[tuple[str, str], ...]:
    return (
        ("API", f"v{site.version}"),
        *((f"backend {one.name}", one.description or one.kind) for one in site.systems),
    )


_NOT_CONNECTED = "Not connected yet."
