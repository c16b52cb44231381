"""A cluster that is a Cloud Kotta service: `kind = "kotta"`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import httpx

from podtui.backends.base import Files, Jobs, Prompter
from podtui.backends.kotta.files import KottaFiles
from podtui.backends.kotta.jobs import KottaJobs
from podtui.backends.kotta.records import Records
from podtui.backends.kotta.store import SignedStore
from podtui.backends.kotta.token import TokenKeeper
from podtui.backends.kotta.wire import KottaWire
from podtui.backends.lacking import Lacking
from podtui.config.model import KottaConfig
from podtui.domain.cluster import ClusterStatus, Facet, Offer
from podtui.domain.staging import Manner
from podtui.errors import NotOffered
from podtui.paths import Paths

_NOT_YET = "Not connected yet."


class KottaBackend(Lacking):
    """Backend for `kind = "kotta"`: jobs by its REST interface, files by signed addresses."""

    manner = Manner(
        inputs_first=True, job_folder="/jobs/{id}", input_folder="/inputs/{token}", parts=False
    )
    lacks = (
        (Facet.NODES, "Cloud Kotta starts its machines itself: there is no login node."),
        (Facet.KEYS, "Cloud Kotta knows you by a login on its web page, not by keys."),
        (Facet.OPERATIONS, "Cloud Kotta offers no operations beside jobs."),
    )

    def __init__(
        self,
        config: KottaConfig,
        paths: Paths,  # noqa: ARG002 - nothing is kept between two starts
        prompter: Prompter,
        clock: Callable[[], datetime],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = config.name
        self._config = config
        self._transport = transport
        self._tokens = TokenKeeper(config.name, config.token, prompter, clock)
        self._lock = asyncio.Lock()
        self._wire: KottaWire | None = None
        self._store: SignedStore | None = None
        self._records: Records | None = None
        self._jobs: KottaJobs | None = None
        self._files: KottaFiles | None = None

    def status(self) -> ClusterStatus:
        """Who we are there, until when, and what is offered."""
        token, there = self._tokens.token, self._jobs is not None
        reason = "" if there else _NOT_YET
        return ClusterStatus(
            name=self.name,
            kind=self._config.kind,
            user=(self._records.user if self._records else "") or self._config.user,
            about="Cloud Kotta" if there else "",
            token_expires=token.expires if token else None,
            offers=self.offers(
                Offer(Facet.JOBS, there, reason),
                Offer(Facet.FILES, there, reason),
            ),
        )

    async def connect(self) -> None:
        """Try the token with a list; refused everywhere, a person is asked for a new login."""
        async with self._lock:
            if self._wire is None:
                config = self._config
                self._wire = KottaWire(config.url, config.ca_file, self._transport)
                self._store = SignedStore(config.url, config.ca_file, self._transport)
            await self._tokens.log_in(self._wire.list_tasks)
            if self._jobs is None and self._store is not None:
                self._offer(self._wire, self._store)

    def _offer(self, wire: KottaWire, store: SignedStore) -> None:
        records = Records(self.name, wire, lambda: self._tokens.call(wire.list_tasks))
        files = KottaFiles(
            store,
            records,
            lambda name: self._tokens.call(lambda token: wire.upload_url(name, token)),
        )
        self._records, self._files = records, files
        self._jobs = KottaJobs(wire, self._tokens, records, self._config.queue, files.input_address)

    async def open_shell_link(self) -> None:
        """There is no shell: files come over HTTP like jobs."""

    async def close(self) -> None:
        """Let go of every connection; what is offered is made anew by the next login."""
        wire, store = self._wire, self._store
        self._wire = self._store = self._records = self._jobs = self._files = None
        if wire:
            await wire.close()
        if store:
            await store.close()

    @property
    def jobs(self) -> Jobs:
        """The jobs of the person who logged in."""
        if self._jobs is None:
            raise NotOffered(_NOT_YET)
        return self._jobs

    @property
    def files(self) -> Files:
        """Inputs and outputs of jobs."""
        if self._files is None:
            raise NotOffered(_NOT_YET)
        return self._files
