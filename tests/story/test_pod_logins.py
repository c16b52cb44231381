"""The pod's other logins, and what else its configuration can say: each is seen at the pod."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from podtui.backends.base import Question
from podtui.backends.pod.backend import PodBackend
from podtui.config.model import ClusterConfig, PodConfig, Secret
from podtui.errors import ConfigError, LoginRequired, PodError
from podtui.paths import Paths
from podtui.services.clusters import OpenBackend
from podtui.services.session import Session
from tests.story.bad import changed_session
from tests.story.pod import NobodyToAsk, Pod, client

_BY_ITSELF: dict[str, Any] = {"auth_url": "", "api_key": "", "api_secret": None, "cloudauth_id": ""}
"""Without Cloud Auth: Beoweb alone, as PODTools was often set up."""


class Wire:
    """The real wire; each request that passes is noted as `GET /path`."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []

    def opener(self, paths: Paths) -> OpenBackend:
        """How a session opens a cluster, over this wire."""

        def open_backend(config: ClusterConfig) -> PodBackend:
            assert isinstance(config, PodConfig)
            return PodBackend(config, paths, NobodyToAsk(), transport=_Noting(self.seen))

        return open_backend

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [request.url.path for request in self.seen]


class _Noting(httpx.AsyncHTTPTransport):
    def __init__(self, seen: list[httpx.Request]) -> None:
        super().__init__()
        self._seen = seen

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._seen.append(request)
        return await super().handle_async_request(request)


class Typed:
    """Somebody who types one password."""

    def __init__(self, password: str) -> None:
        self._password = password
        self.asked: list[str] = []

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        self.asked += [question.text for question in questions]
        return [self._password for _ in questions]

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        raise AssertionError("the pod's host keys are known")


def site(pod: Pod) -> dict[str, Any]:
    """What the pod tells of its first controller."""
    found = pod.told["controllers"][0]
    assert isinstance(found, dict)
    return found


async def listed(podtui: Session) -> int:
    """How many jobs Beoweb tells after a login."""
    await podtui.clusters.connect("pod")
    return len((await podtui.jobs.fetch("pod")).jobs)


async def test_by_a_password_that_does_not_travel(pod: Pod) -> None:
    wire, password = Wire(), pod.told["password"]
    changes = {"auth_type": "password", "beoweb_url": site(pod)["beoweb_url"], **_BY_ITSELF}
    async with changed_session(
        pod, opener=wire.opener, password=Secret(password), **changes
    ) as podtui:
        assert await listed(podtui) == 0
    assert "/auth/request_public_keys" in wire.paths
    assert "/auth/login" in wire.paths
    assert not any("cloud_auth" in path for path in wire.paths)
    assert not any(password.encode() in request.content for request in wire.seen)


async def test_a_password_that_is_not_kept_is_asked_for_once(pod: Pod) -> None:
    config, paths = client(pod.config)
    (cluster,) = config.clusters
    changes = {"auth_type": "password", "beoweb_url": site(pod)["beoweb_url"], **_BY_ITSELF}
    config = replace(config, clusters=(replace(cluster, **changes),))
    person = Typed(pod.told["password"])
    async with Session(config, paths, person) as podtui:
        assert await listed(podtui) == 0
        assert await listed(podtui) == 0
    assert len(person.asked) == 1


async def test_a_wrong_password_asks_for_a_login(pod: Pod) -> None:
    changes = {"auth_type": "password", "beoweb_url": site(pod)["beoweb_url"], **_BY_ITSELF}
    async with changed_session(pod, password=Secret("guess"), **changes) as podtui:
        with pytest.raises(LoginRequired) as caught:
            await listed(podtui)
    assert "guess" not in str(caught.value)


async def test_by_a_public_key_at_the_session_server(pod: Pod) -> None:
    wire = Wire()
    changes = {
        "auth_type": "publickey",
        "ssh_auth_address": "127.0.0.1",
        "ssh_auth_port": site(pod)["ssh_auth_port"],
        "beoweb_url": site(pod)["beoweb_url"],
        **_BY_ITSELF,
    }
    async with changed_session(pod, opener=wire.opener, **changes) as podtui:
        assert await listed(podtui) == 0
    assert wire.seen[-1].url.params["session_id"]
    assert not any("login" in path for path in wire.paths)


@pytest.mark.parametrize(
    "wrong", [{"ssh_auth_port": 1}, {"ssh_auth_address": "127.0.0.2", "ssh_auth_port": 1}]
)
async def test_the_session_server_is_where_it_is_said_to_be(
    pod: Pod, wrong: dict[str, Any]
) -> None:
    changes = {"auth_type": "publickey", "beoweb_url": site(pod)["beoweb_url"], **_BY_ITSELF}
    async with changed_session(pod, **changes, **wrong) as podtui:
        with pytest.raises(PodError):
            await listed(podtui)


@pytest.mark.parametrize("logout", [False, True])
async def test_logout_ends_the_session_after_each_call(pod: Pod, *, logout: bool) -> None:
    wire = Wire()
    async with changed_session(pod, opener=wire.opener, logout=logout) as podtui:
        await listed(podtui)
        await listed(podtui)
    left = wire.paths.count("/auth/logout")
    assert (left > 1) == logout
    assert wire.paths.count("/cloud_auth/login") == (left if logout else 1)


async def test_without_any_address_it_says_which_are_missing(pod: Pod) -> None:
    async with changed_session(pod, beoweb_url="", **_BY_ITSELF) as podtui:
        with pytest.raises(ConfigError, match="neither auth_url and api_key nor beoweb_url"):
            await listed(podtui)


async def test_the_account_is_that_of_the_cloudauth_id(pod: Pod) -> None:
    wire = Wire()
    async with changed_session(pod, opener=wire.opener, cloudauth_id="nobody") as podtui:
        with pytest.raises(LoginRequired, match="not the user who got this token"):
            await podtui.clusters.connect("pod")
    told = {request.headers.get("x-auth-cloudauth-id", "nobody") for request in wire.seen}
    assert told == {"nobody"}


async def test_the_controller_that_is_named_is_the_one_used(pod: Pod) -> None:
    second = pod.told["controllers"][1]
    async with changed_session(pod, controller=second["name"]) as podtui:
        await podtui.clusters.connect("pod")
        controller = podtui.clusters.status("pod").controller
        assert controller is not None
        assert controller.name == second["name"]


async def test_the_user_is_who_logs_in(pod: Pod) -> None:
    changes = {"auth_type": "password", "beoweb_url": site(pod)["beoweb_url"], **_BY_ITSELF}
    changes["user"] = "nobody"
    password = Secret(pod.told["password"])
    async with changed_session(pod, password=password, **changes) as podtui:
        with pytest.raises(LoginRequired):
            await listed(podtui)
