"""A wire that spoils answers: every request reaches the pod, and what comes back is bent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from podtui.backends.pod.backend import PodBackend
from podtui.config.model import ClusterConfig
from podtui.paths import Paths
from podtui.services.clusters import OpenBackend
from tests.story.pod import NobodyToAsk
from tests.story.test_lost_answers import kind

Bend = Callable[[httpx.Response, bytes], httpx.Response]


class WarpingTransport(httpx.AsyncBaseTransport):
    """Brings every request to the pod; answers of one kind are bent while `bent` says so."""

    def __init__(self) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self._kinds: frozenset[str] = frozenset()
        self._bend: Bend | None = None
        self.seen: set[str] = set()
        self.bends = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._real.handle_async_request(request)
        name = kind(request)
        self.seen.add(name)
        if self._bend is None or name not in self._kinds:
            return response
        self.bends += 1
        return self._bend(response, await response.aread())

    @contextmanager
    def bent(self, names: str | frozenset[str], bend: Bend) -> Iterator[None]:
        """Every answer of the kind, or kinds, `names` goes through `bend` meanwhile."""
        self._kinds = frozenset([names]) if isinstance(names, str) else names
        self._bend, self.bends = bend, 0
        try:
            yield
        finally:
            self._bend = None

    async def __aexit__(self, *_: object) -> None:
        await self._real.aclose()

    async def aclose(self) -> None:
        """Shared by the clients of one story, which ends it by `async with`."""

    def opener(self, paths: Paths) -> OpenBackend:
        """Backends whose HTTP goes over this wire."""

        def open_it(config: ClusterConfig) -> PodBackend:
            return PodBackend(config, paths, NobodyToAsk(), transport=self)

        return open_it


def whole(content: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Bend:
    """Another answer altogether."""
    return lambda _, __: httpx.Response(status, content=content, headers=headers)


def field(name: str, value: Any) -> Bend:
    """The answer with every field `name`, however deep, holding `value`."""

    def bend(response: httpx.Response, content: bytes) -> httpx.Response:
        headers = [(k, v) for k, v in response.headers.multi_items() if k == "set-cookie"]
        reply = _put(json.loads(content), name, value)
        return httpx.Response(
            response.status_code, content=json.dumps(reply).encode(), headers=headers
        )

    return bend


def _put(node: Any, name: str, value: Any) -> Any:
    if isinstance(node, dict):
        return {k: value if k == name else _put(v, name, value) for k, v in node.items()}
    return [_put(one, name, value) for one in node] if isinstance(node, list) else node


def names_in(node: Any) -> set[str]:
    """Every field's name in a JSON value."""
    if isinstance(node, dict):
        return set(node).union(*map(names_in, node.values()))
    return set().union(*map(names_in, node)) if isinstance(node, list) else set()
