"""A Cloud Kotta without a network, and a client's backend before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from podtui.backends.base import Question
from podtui.backends.kotta.backend import KottaBackend
from podtui.config.model import KottaConfig, Secret
from podtui.errors import Cancelled
from podtui.paths import Paths
from tests.emulators.kotta.cloud import Cloud
from tests.emulators.kotta.service import Service

URL = "http://kotta.test:8888"
NOW = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)


@dataclass
class Person:
    """Somebody who answers questions about logins with what stands in `answers`."""

    answers: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        assert all(question.secret for question in questions)
        self.asked += [question.text for question in questions]
        if not self.answers:
            raise Cancelled("Nobody answers.")
        return [self.answers.pop(0)]

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        raise AssertionError("no host key here")


class Wire(httpx.AsyncBaseTransport):
    """The network. An answer to a path that ends with `lose` is lost; while `down` none comes."""

    def __init__(self, service: Service) -> None:
        self._inner = httpx.ASGITransport(app=service)
        self.requests: list[httpx.Request] = []
        self.lose = ""
        self.down = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("nobody listens", request=request)
        self.requests.append(request)
        response = await self._inner.handle_async_request(request)
        if self.lose and request.url.path.endswith(self.lose):
            self.lose = ""
            raise httpx.ReadError("cut", request=request)
        return response


@pytest.fixture
def cloud() -> Cloud:
    return Cloud("http://store.test")


@pytest.fixture
def service(cloud: Cloud) -> Service:
    return Service(cloud)


@pytest.fixture
def wire(service: Service) -> Wire:
    return Wire(service)


@pytest.fixture
def person() -> Person:
    return Person()


def backend_of(
    wire: httpx.AsyncBaseTransport,
    person: Person,
    folder: Path,
    token: Secret | str | None = "Atza|good1",
) -> KottaBackend:
    secret = Secret(token) if isinstance(token, str) else token
    config = KottaConfig(name="cloud", url=URL, token=secret)
    paths = Paths(folder / "config.toml", folder / "state", folder)
    return KottaBackend(config, paths, person, lambda: NOW, transport=wire)


@pytest.fixture
async def backend(wire: Wire, person: Person, tmp_path: Path) -> AsyncIterator[KottaBackend]:
    """Logged in as User One."""
    made = backend_of(wire, person, tmp_path)
    await made.connect()
    yield made
    await made.close()
