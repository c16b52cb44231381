"""Recorded answers of real psik_api servers (1.0.0 and 2.0.1), given again to a client."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from podtui.backends.psik.backend import PsikBackend
from podtui.config.model import PsikConfig
from podtui.domain.job import ScriptDialect, Submission
from podtui.domain.script import with_token
from podtui.paths import Paths
from tests.story.pod import NobodyToAsk

FOLDER = Path(__file__).parents[2] / "fixtures" / "psik"
NOW = datetime(2026, 11, 21, 23, 40, tzinfo=UTC)


@dataclass(frozen=True)
class Recording:
    """One request as curl made it, and its answer."""

    method: str
    path: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def recording(name: str) -> Recording:
    """The transcript `name`, such as `v1/list_all`."""
    whole = (FOLDER / f"{name}.txt").read_bytes()
    head, body = re.split(rb"\r?\n\r?\n", whole, maxsplit=1)
    command, status, *lines = head.decode().splitlines()
    url = re.search(r"https?://\S+", command)
    method = re.search(r"-X ([A-Z]+)", command)
    assert url is not None
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    is_json = headers.get("content-type") == "application/json"
    length = int(headers.get("content-length", len(body)))
    return Recording(
        method[1] if method else "GET",
        urlsplit(url[0]).path,
        int(status.split()[1]),
        {k: v for k, v in headers.items() if k != "content-length"},
        body.strip() if is_json else body[:length],
    )


class Replayed(httpx.AsyncBaseTransport):
    """Answers by method and path; the last answer to a request is given for ever.

    `requests` are what was asked. A request nobody recorded is a 404, as the service has it.
    """

    def __init__(self, *names: str) -> None:
        self._answers: dict[tuple[str, str], list[httpx.Response]] = defaultdict(list)
        self.requests: list[httpx.Request] = []
        for name in names:
            one = recording(name)
            self.answer(one.method, one.path, one.status, one.body, one.headers)

    def answer(
        self,
        method: str,
        path: str,
        status: int,
        body: bytes | Any,
        headers: dict[str, str] | None = None,
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = headers or {"content-type": "application/json"}
        self._answers[method, path].append(httpx.Response(status, content=content, headers=kind))

    def fail(self, method: str, path: str, error: Callable[[], httpx.TransportError]) -> None:
        """The next such request ends in `error`."""
        self._answers[method, path].append(_Broken(error))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        copy = httpx.Request(request.method, request.url, content=request.content)
        copy.headers = request.headers.copy()
        self.requests.append(copy)  # the client changes its own when it repeats it
        found = self._answers.get((request.method, request.url.path.rstrip("/")))
        if not found:
            unknown = "Job not found" if "/jobs/" in request.url.path else "Not Found"
            return httpx.Response(404, json={"detail": unknown})
        answer = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(answer, _Broken):
            raise answer.error()
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)

    def sent(self, method: str, path: str) -> list[httpx.Request]:
        return [r for r in self.requests if (r.method, r.url.path) == (method, path)]


class _Broken(httpx.Response):
    def __init__(self, error: Callable[[], httpx.TransportError]) -> None:
        super().__init__(599)
        self.error = error


V1 = ("tls/backends", "v1/list_all")
V2 = ("v2/backends", "v2/list")


async def connected(
    folder: Path, transport: httpx.AsyncBaseTransport, config: PsikConfig | None = None
) -> PsikBackend:
    """A backend that has logged in; closed by the caller."""
    backend = PsikBackend(
        config or PsikConfig("psik", url="http://psik.test"),
        Paths(folder / "config.toml", folder / "state", folder),
        NobodyToAsk(),
        lambda: NOW,
        transport=transport,
    )
    await backend.connect()
    return backend


def submission(
    text: str,
    dialect: ScriptDialect = ScriptDialect.SLURM,
    token: str = "0f1e2d3c",
    *,
    hold: bool = False,
) -> Submission:
    return Submission("job.sh", with_token(text, dialect, token), dialect, token, hold=hold)
