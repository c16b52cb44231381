"""Clusters: one backend each, how we stand with it, and what it last said."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from podtui.backends.ahead import LogsInAhead
from podtui.backends.base import Backend
from podtui.backends.surveys import Surveyed
from podtui.backends.unattended import nobody_here
from podtui.config.model import ClusterConfig, SshConfig, shell_host
from podtui.domain.cluster import ClusterStatus, LinkState
from podtui.domain.staging import Manner
from podtui.domain.survey import Survey
from podtui.errors import (
    AlreadyThere,
    BadAnswer,
    ConfigError,
    LoginRequired,
    NodeRefused,
    NotOffered,
    PersonNeeded,
    PodError,
    Unreachable,
)
from podtui.services.news import News

Clock = Callable[[], datetime]
OpenBackend = Callable[[ClusterConfig], Backend]


class Link:
    """One cluster's backend and the state of our link to it."""

    def __init__(self, config: ClusterConfig, backend: Backend) -> None:
        self.config = config
        self.backend = backend
        self.state = LinkState.IDLE
        self.error: PodError | None = None
        self.answered: datetime | None = None
        self.wanted = False  # whether the person wants it connected
        self.detached = False  # whether it stays connected and is not asked for its jobs
        self.retired = False  # whether it is configured no more
        self.lock = asyncio.Lock()

    @property
    def usable(self) -> bool:
        """Whether a login has succeeded and none was asked for since."""
        return self.state in (LinkState.ONLINE, LinkState.STALE)

    @property
    def worth_asking(self) -> bool:
        """Whether a poll makes sense: logged in, or a connection that failed may come back."""
        lost = self.state is LinkState.FAILED and isinstance(self.error, Unreachable | BadAnswer)
        return self.wanted and not self.detached and (self.usable or lost)


class ClusterService:
    """Every configured cluster: connect, disconnect, and the status of each."""

    def __init__(
        self,
        clusters: tuple[ClusterConfig, ...],
        open_backend: OpenBackend,
        clock: Clock,
        news: News,
    ) -> None:
        self._open = open_backend
        self._links = {c.name: Link(c, open_backend(c)) for c in clusters}
        self._clock = clock
        self._news = news

    @property
    def names(self) -> tuple[str, ...]:
        """The clusters, in the order of the configuration."""
        return tuple(name for name, link in self._links.items() if not link.retired)

    def add(self, config: ClusterConfig) -> None:
        """Know a further cluster from now on; AlreadyThere when one has its name."""
        if config.name in self.names:
            raise AlreadyThere(f"There is a cluster {config.name} already.")
        self._links[config.name] = Link(config, self._open(config))
        self._news.tell()

    def retune(self, config: ClusterConfig) -> None:
        """Go by another configuration that changes nothing about the connection."""
        self.link(config.name).config = config
        self._news.tell()

    async def replace(self, config: ClusterConfig) -> bool:
        """Go by another configuration: the old connection ends; whether it was wanted."""
        link = self.link(config.name)
        wanted = link.wanted
        await self.disconnect(config.name)
        link.config, link.backend = config, self._open(config)
        self._news.tell()
        return wanted

    async def retire(self, name: str) -> None:
        """Let go of a cluster that is configured no more; who still asks it is refused.

        Its link stays known: whatever looks at it by itself finds it closed, and does not fail.
        """
        await self.disconnect(name)
        self.link(name).retired = True
        self._news.tell()

    async def try_out(self, config: ClusterConfig) -> ClusterStatus:
        """Log in to a cluster that is not known yet and let go of it again; the failure if any."""
        backend = self._open(config)
        try:
            await backend.connect()
            return replace(backend.status(), link=LinkState.ONLINE)
        finally:
            await backend.close()

    def link(self, name: str) -> Link:
        """The link to one cluster."""
        try:
            return self._links[name]
        except KeyError:
            if not self._links:
                hint = "`+` in the Clusters pane adds one."
                raise ConfigError("No cluster is configured yet.", hint=hint) from None
            known = ", ".join(self._links)
            raise ConfigError(f"There is no cluster {name!r} (there: {known}).") from None

    def _configured(self, name: str) -> Link:
        """The link, unless the cluster is configured no more."""
        link = self.link(name)
        if link.retired:
            raise ConfigError(f"The cluster {name} was taken out of the configuration.")
        return link

    def config(self, name: str) -> ClusterConfig:
        """How one cluster is configured."""
        return self.link(name).config

    def manner(self, name: str) -> Manner:
        """How one cluster takes files and jobs."""
        return self.link(name).backend.manner

    def status(self, name: str) -> ClusterStatus:
        """One cluster now, without asking it."""
        link = self.link(name)
        error = link.error
        return replace(
            link.backend.status(),
            link=link.state,
            detached=link.detached,
            shell=shell_host(link.config),
            files_open=isinstance(link.config, SshConfig),
            answered=link.answered,
            title=error.title if error else "",
            error=error.message if error else "",
            hint=error.hint if error else "",
        )

    def statuses(self) -> tuple[ClusterStatus, ...]:
        """All clusters now, without asking them."""
        return tuple(self.status(name) for name in self.names)

    def begin(self, name: str) -> None:
        """Log in where that can be begun early: whoever connects finds it under way.

        A name that is not there is none. Whoever calls this calls `close` at the end.
        """
        link = self._links.get(name)
        if link is not None and isinstance(link.backend, LogsInAhead):
            link.backend.begin(files=False)

    async def connect(self, name: str, *, again: bool = False) -> ClusterStatus:
        """Log in and discover; the failure, if any, is kept in the status and raised.

        Many callers are one login. `again` asks anew where a login stands already.
        """
        link = self._configured(name)
        link.wanted = True
        if link.detached:
            link.detached = False
            self._news.tell()
        async with link.lock:
            if link.usable and not again:
                return self.status(name)
            self._set(link, LinkState.CONNECTING)
            try:
                async with self._follow(link):
                    await link.backend.connect()
            except BaseException:
                if link.state is LinkState.CONNECTING:  # cancelled half-way
                    self._set(link, LinkState.IDLE)
                raise
        return self.status(name)

    async def survey(self, name: str) -> Survey:
        """A closer look at its machine; NotOffered where there is none to look at."""
        async with self.call(name) as backend:
            if not isinstance(backend, Surveyed):
                raise NotOffered("This service shows nothing of a machine behind it.")
            return await backend.survey()

    def detach(self, name: str) -> None:
        """Ask it for no jobs from now on; the connection stays, and `connect` asks again."""
        link = self.link(name)
        link.detached = link.wanted
        self._news.tell()

    async def disconnect(self, name: str) -> None:
        """Let go of the cluster and stay away until asked."""
        link = self.link(name)
        link.wanted = link.detached = False
        await link.backend.close()
        link.error = None
        self._set(link, LinkState.IDLE)

    @asynccontextmanager
    async def call(self, name: str) -> AsyncIterator[Backend]:
        """The backend, connected first if need be; the outcome moves the link's state."""
        link = self.link(name)
        if not link.usable:
            _wait_for_person(link)
            await self.connect(name)
        async with self._follow(link):
            yield link.backend

    @asynccontextmanager
    async def files(self, name: str) -> AsyncIterator[Backend]:
        """As `call`, for files: where they are reached without it, the scheduler is not asked."""
        link = self._configured(name)
        if link.usable or not link.backend.manner.files_alone:
            async with self.call(name) as backend:
                yield backend
            return
        _wait_for_person(link)
        try:
            await link.backend.open_shell_link()
        except PersonNeeded as error:
            self._failed(link, LinkState.LOGIN, error)
            raise
        if isinstance(link.error, PersonNeeded):
            link.error = None
            self._set(link, LinkState.ONLINE if link.answered else LinkState.IDLE)
        yield link.backend

    @asynccontextmanager
    async def _follow(self, link: Link) -> AsyncIterator[None]:
        try:
            yield
        except NodeRefused:
            raise  # jobs are asked for elsewhere: the link stands
        except LoginRequired as error:
            self._failed(link, LinkState.LOGIN, error)
            raise
        except Unreachable as error:
            known = link.answered is not None
            self._failed(link, LinkState.STALE if known else LinkState.FAILED, error)
            raise
        except PodError as error:
            if link.state is LinkState.CONNECTING:
                self._failed(link, LinkState.FAILED, error)
            raise
        link.answered = self._clock()
        link.error = None
        self._set(link, LinkState.ONLINE)

    async def close(self) -> None:
        """Let go of all."""
        async with asyncio.TaskGroup() as group:
            for link in self._links.values():
                group.create_task(link.backend.close())

    def _failed(self, link: Link, state: LinkState, error: PodError) -> None:
        link.error = error
        self._set(link, state)

    def _set(self, link: Link, state: LinkState) -> None:
        # A call that outlives a disconnect says nothing of a cluster nobody wants.
        link.state = state if link.wanted else LinkState.IDLE
        self._news.tell()


def _wait_for_person(link: Link) -> None:
    """What goes on by itself asks no more where it was told that a person is needed."""
    if nobody_here() and isinstance(link.error, PersonNeeded):
        raise copy.copy(link.error)
