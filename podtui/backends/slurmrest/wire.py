"""Requests to slurmrestd: who we are, JSON or YAML, one renewal of a refused token, failures told.

JSON is asked for; a site that refuses it (406, 415) is asked for YAML from then on, and is sent
JSON under that name, which every YAML reader takes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import httpx

from podtui.backends.http import build_client, send
from podtui.backends.slurmrest.documents import Document, Garbled, read_json, read_yaml
from podtui.backends.slurmrest.token import UNIX, Headers, TokenKeeper
from podtui.backends.slurmrest.trouble import (
    RENEW_HINT,
    Asked,
    Unspecified,
    plain_trouble,
    sent_on,
    trouble,
)
from podtui.backends.slurmrest.versions import Api
from podtui.config.model import SlurmRestConfig
from podtui.errors import (
    BadAnswer,
    ConfigError,
    LoginRequired,
    NodeRefused,
    NotOffered,
    PodError,
    Unreachable,
)

T = TypeVar("T")
Query = Sequence[tuple[str, str]]
_SECONDS = 60.0
_LARGEST = 512 << 20  # bytes: 50,000 jobs are 160 MB
_LANGUAGES = ("application/json", "application/yaml", "application/x-yaml")
"""YAML is the second since 23.02, the third before."""
_MARKS = frozenset({"meta", "errors", "job_id"})
"""One of them is in each of slurmrestd's answers: JSON without is something else's."""


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """An answer that tells no failure; `unchanged` (304) where nothing is newer than asked for."""

    status: int
    document: Document[T]

    @property
    def rest(self) -> dict[str, Any]:
        """All but the list that was asked for."""
        return self.document.rest

    @property
    def unchanged(self) -> bool:
        """Whether there is nothing newer."""
        return self.status == httpx.codes.NOT_MODIFIED


def open_client(
    config: SlurmRestConfig, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    """The client for the configured address, a UNIX socket included; ConfigError without one."""
    url, socket = config.url, None
    if url.startswith(UNIX):
        socket = Path("/" + url.removeprefix(UNIX).lstrip("/"))
        url = "http://localhost"
    if not url.startswith(("http://", "https://")):
        raise ConfigError(
            f"Cluster {config.name} names no url of a slurmrestd.",
            hint='Write url = "https://HOST:PORT", or "unix:/path" for a socket.',
        )
    return build_client(url, ca_file=config.ca_file, uds=socket, transport=transport)


class Wire:
    """One slurmrestd. `api` is the version spoken, once it is known."""

    def __init__(
        self,
        config: SlurmRestConfig,
        tokens: TokenKeeper,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = open_client(config, transport)
        self._tokens = tokens
        self._language = 0
        self._worked: dict[bool, Headers] = {}  # by whether the database answered
        self.api: Api | None = None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    def slurm(self, path: str) -> str:
        """A route of slurmctld's in the version spoken."""
        return f"slurm/{self._version()}/{path}"

    def database(self, path: str) -> str:
        """A route of slurmdbd's in the version spoken."""
        return f"slurmdb/{self._version()}/{path}"

    def _version(self) -> str:
        if self.api is None:
            raise NotOffered("Not connected yet.")
        return self.api.name

    async def read(self, path: str, query: Query = (), *, seconds: float = _SECONDS) -> Reply[Any]:
        """GET a document."""
        return await self.rows(path, "", _nothing, query, seconds=seconds)

    async def rows(
        self,
        path: str,
        listed: str,
        read: Callable[[Any], T | None],
        query: Query = (),
        *,
        seconds: float = _SECONDS,
    ) -> Reply[T]:
        """GET a document whose list `listed` is read record by record, away from the screen."""
        return await self._ask(Asked("GET", path), query, None, listed, read, seconds)

    async def change(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Query = (),
        *,
        seconds: float = _SECONDS,
    ) -> Reply[Any]:
        """Change something; OutcomeUnknown when the answer is lost."""
        return await self._ask(Asked(method, path, True), query, body, "", _nothing, seconds)

    async def fetch_text(self, path: str) -> tuple[int, str]:
        """A document as it stands, with its status, such as the OpenAPI text."""
        headers = await self._tokens.headers()
        response = await self._send(Asked("GET", path), (), None, headers, _SECONDS)
        body = response.content  # `text` would trust the charset it names
        return response.status_code, await asyncio.to_thread(body.decode, "utf-8", "replace")

    async def _ask(
        self,
        asked: Asked,
        query: Query,
        body: Mapping[str, Any] | None,
        listed: str,
        read: Callable[[Any], T | None],
        seconds: float,
    ) -> Reply[T]:
        """Ask, and once more with a renewed token where the first was refused: nothing was done."""
        for last in (False, True):
            headers = await self._tokens.headers()
            try:
                reply = await self._once(asked, query, body, listed, read, headers, seconds)
            except NodeRefused:
                raise
            except (LoginRequired, Unspecified) as error:
                refused = await self._refusal(asked, error, headers)
                if last or not await self._tokens.renew(headers):
                    raise refused from None
            else:
                self._worked[asked.database] = headers
                return reply
        raise AssertionError("unreachable")

    async def _once(
        self,
        asked: Asked,
        query: Query,
        body: Mapping[str, Any] | None,
        listed: str,
        read: Callable[[Any], T | None],
        headers: Headers,
        seconds: float,
    ) -> Reply[T]:
        response = await self._send(asked, query, body, headers, seconds)
        status = response.status_code
        if status == httpx.codes.NOT_MODIFIED:
            return Reply(status, Document({}))
        answer = response.content
        in_yaml = "yaml" in response.headers.get("content-type", "")
        try:
            document = await asyncio.to_thread(
                lambda: (read_yaml if in_yaml else read_json)(answer, listed, read)
            )
        except Garbled:
            raise plain_trouble(asked, status, answer) from None
        error = trouble(asked, status, document.rest)
        if error is not None:
            raise error
        if not document.told and not _MARKS & document.rest.keys():
            raise plain_trouble(asked, status, answer)
        if listed and not document.told and not document.rest.get("errors"):
            raise BadAnswer(f"{asked.method} {asked.path} told no list of {listed}.")
        return Reply(status, document)

    async def _send(
        self,
        asked: Asked,
        query: Query,
        body: Mapping[str, Any] | None,
        headers: Headers,
        seconds: float,
    ) -> httpx.Response:
        """Send it in the language spoken; a refused one is changed, for good where another goes."""
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        for media in _LANGUAGES[self._language :]:
            told = Headers({**headers, "Accept": media})
            if content is not None:
                told["Content-Type"] = media
            request = self._client.build_request(
                asked.method,
                asked.path,
                params=list(query) or None,
                content=content,
                headers=told,
                timeout=httpx.Timeout(seconds, connect=10.0),
            )
            response = await send(self._client, request, changes=asked.changes, largest=_LARGEST)
            if response.has_redirect_location:
                raise sent_on(asked, request.url, response.headers["location"])
            if response.status_code not in (406, 415):
                self._language = _LANGUAGES.index(media)
                return response
        return response

    async def _refusal(self, asked: Asked, error: PodError, headers: Headers) -> PodError:
        """What a refusal means where Slurm does not say it clearly."""
        known_good = self._worked.get(False) == headers
        if asked.database and isinstance(error, LoginRequired) and known_good:
            return NotOffered(
                "Slurm's database takes no tokens here: ended jobs are known for minutes only.",
                hint="Its administrator would set AuthAltTypes=auth/jwt in slurmdbd.conf.",
            )
        if isinstance(error, Unspecified):
            if asked.database:
                return Unreachable(error.message)
            error = await self._doubt(error, headers, known_good=known_good)
        if isinstance(error, LoginRequired) and (odd := self._tokens.at_odds):
            return LoginRequired(error.message, title=error.title, hint=f"{odd} {error.hint}")
        return error

    async def _doubt(self, error: PodError, headers: Headers, *, known_good: bool) -> PodError:
        """Before v0.0.39 a wrong token and a dead controller look the same: ask the database."""
        asked = Asked("GET", self.database("tres/"))
        try:
            await self._once(asked, (), None, "", _nothing, headers, _SECONDS)
        except LoginRequired as refused:
            if not known_good or self._worked.get(True) == headers:
                return refused
        except PodError:
            if not known_good:
                return LoginRequired(
                    f"{error.message} (or the token is refused: this version tells them not apart)",
                    hint=RENEW_HINT,
                )
        return Unreachable(error.message)


def _nothing(_: Any) -> None:
    return None
