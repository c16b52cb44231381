"""Cloud Auth: signatures as the guide's test vector, one refresh for many callers, 401 once."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from oauthlib.oauth1 import Client

from podtui.backends.pod.auth import OAuth1, Token, TokenAuth, TokenStore, discover
from podtui.config.model import PodConfig, Secret
from podtui.errors import BadAnswer, ConfigError, LoginRequired, Refused, Unreachable
from podtui.paths import Paths

NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)
CONFIG = PodConfig(
    name="mt1",
    user="penguin",
    auth_url="https://auth.pod.penguincomputing.com",
    api_key="my_key",
    api_secret=Secret("my_secret"),
)
Handler = Callable[[httpx.Request], httpx.Response]


class Service:
    """A Cloud Auth that hands out numbered tokens and counts what it is asked."""

    def __init__(self, life: timedelta = timedelta(hours=1)) -> None:
        self.requests: list[httpx.Request] = []
        self.life = life
        self.issued = 0
        self.refuse_tokens: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path.endswith("request_token"):
            self.issued += 1
            expires = (NOW + self.life).strftime("%Y-%m-%dT%H:%M:%S.123456")
            answer = {
                "authentication_token": f"token{self.issued}",
                "expires_at_utc": expires,
                "success": True,
            }
            return httpx.Response(200, json=answer)
        if request.headers["X-Auth-Token"] in self.refuse_tokens:
            return httpx.Response(401, json={"success": False, "error": "expired"})
        return httpx.Response(200, json={"success": True, "data": {"cloud_controllers": []}})


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "config.toml", tmp_path / "state", tmp_path)


def store(
    paths: Paths,
    handler: Handler,
    now: Callable[[], datetime] = lambda: NOW,
    config: PodConfig = CONFIG,
) -> TokenStore:
    return TokenStore(config, paths, clock=now, transport=httpx.MockTransport(handler))


def test_signature_equals_the_guides_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oauthlib.oauth1.rfc5849.generate_nonce", lambda: "1234")
    url = "https://auth.pod.penguincomputing.com/v1/auth/request_token"
    signer = OAuth1("my_key", "my_secret", lambda: datetime.fromtimestamp(1300228849, UTC))
    signed = next(signer.auth_flow(httpx.Request("GET", url)))
    assert 'oauth_signature="vHP4GXPJbsZyb8ouxCMOVxcoY7w%3D"' in signed.headers["Authorization"]
    assert "realm" not in signed.headers["Authorization"]
    assert Client  # oauthlib signs, we only carry


async def test_token_is_asked_once_for_ten_callers(paths: Paths) -> None:
    service = Service()
    tokens = store(paths, service)
    got = await asyncio.gather(*(tokens.get() for _ in range(10)))
    assert {token.value for token in got} == {"token1"}
    assert service.issued == 1


async def test_token_is_cached_in_a_private_file_for_the_next_start(paths: Paths) -> None:
    service = Service()
    await store(paths, service).get()
    again = await store(paths, service).get()
    assert again.value == "token1"
    assert service.issued == 1
    (file,) = paths.tokens.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.tokens.stat().st_mode) == 0o700


async def test_another_secret_never_uses_the_cached_token(paths: Paths) -> None:
    service = Service()
    await store(paths, service).get()
    other = replace(CONFIG, api_secret=Secret("other"))
    assert (await store(paths, service, config=other).get()).value == "token2"


@pytest.mark.parametrize(
    ("life", "at", "fresh"),
    [
        (3600, 3539, True),
        (3600, 3541, False),
        (10, 8.9, True),
        (10, 9.1, False),
    ],
)
def test_token_is_renewed_before_it_expires(life: float, at: float, fresh: bool) -> None:
    token = Token("x", NOW, NOW + timedelta(seconds=life))
    assert token.fresh(NOW + timedelta(seconds=at)) is fresh


async def test_401_renews_once_for_all_and_repeats_the_request(paths: Paths) -> None:
    service = Service()
    tokens = store(paths, service)
    await tokens.get()
    service.refuse_tokens = {"token1"}
    async with httpx.AsyncClient(
        auth=TokenAuth(tokens), transport=httpx.MockTransport(service)
    ) as client:
        answers = await asyncio.gather(*(client.get("https://x/v1/y") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert service.issued == 2


async def test_revoked_token_ends_in_a_login_not_in_a_loop(paths: Paths) -> None:
    service = Service()
    service.refuse_tokens = {f"token{n}" for n in range(1, 100)}
    with pytest.raises(LoginRequired):
        await discover(CONFIG, store(paths, service), httpx.MockTransport(service))
    assert service.issued == 2


@pytest.mark.parametrize("status", [200, 401, 403])
async def test_wrong_secret_is_told_without_the_secret(paths: Paths, status: int) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"success": False, "error": "bad signature"})

    with pytest.raises(LoginRequired) as caught:
        await store(paths, refuse).get()
    assert caught.value.title == "Wrong API key or secret"
    assert "bad signature" in caught.value.message
    assert "my_secret" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(("minutes", "side"), [(12, "ahead of"), (-12, "behind")])
async def test_clock_that_is_off_is_named_as_the_reason(
    paths: Paths, minutes: int, side: str
) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        date = format_datetime(NOW - timedelta(minutes=minutes), usegmt=True)
        return httpx.Response(401, json={"success": False}, headers={"Date": date})

    with pytest.raises(LoginRequired) as caught:
        await store(paths, refuse).get()
    assert caught.value.title == "Clock is off"
    assert f"12 minutes {side}" in caught.value.message


@pytest.mark.parametrize(
    "body",
    [
        b"<html>portal login</html>",
        b"[]",
        b'{"success": true}',
        b'{"success": true, "authentication_token": 5, "expires_at_utc": "2030-01-01T00:00:00"}',
        b'{"success": true, "authentication_token": "x", "expires_at_utc": "soon"}',
    ],
)
async def test_answer_of_the_wrong_shape_is_told(paths: Paths, body: bytes) -> None:
    with pytest.raises(BadAnswer):
        await store(paths, lambda request: httpx.Response(200, content=body)).get()


async def test_no_network_is_unreachable(paths: Paths) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno 111] Connection refused")

    with pytest.raises(Unreachable, match="does not answer"):
        await store(paths, fail).get()


async def test_missing_key_is_a_configuration_matter(paths: Paths) -> None:
    with pytest.raises(ConfigError):
        await store(paths, Service(), config=replace(CONFIG, api_key="")).get()


async def test_spoilt_cache_is_no_obstacle(paths: Paths) -> None:
    service = Service()
    await store(paths, service).get()
    (file,) = paths.tokens.iterdir()
    file.write_text("{half a fi")
    assert (await store(paths, service).get()).value == "token2"


async def test_discovery_reads_active_and_inactive_controllers(paths: Paths) -> None:
    listed = [
        {
            "id": 16,
            "name": "POD MT1",
            "active": True,
            "api_endpoint": "mt1-api.pod.penguincomputing.com:443",
            "api_ssl": True,
            "beoweb_endpoint": "mt1-beoweb.pod.penguincomputing.com:443",
            "beoweb_ssl": False,
            "timezone": "US/Mountain",
        },
        {"id": 3, "name": "old", "active": False},
    ]
    service = Service()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/cloud_controller/list":
            assert request.headers["X-Auth-Token"] == "token1"
            data = {"cloud_controllers": listed, "total": 2}
            return httpx.Response(200, json={"success": True, "data": data})
        return service(request)

    mt1, old = await discover(CONFIG, store(paths, answer), httpx.MockTransport(answer))
    assert (mt1.id, mt1.name, mt1.active) == ("16", "POD MT1", True)
    assert mt1.api_url == "https://mt1-api.pod.penguincomputing.com:443"
    assert mt1.beoweb_url == "http://mt1-beoweb.pod.penguincomputing.com:443"
    assert not old.active
    assert old.api_url == ""


@pytest.mark.parametrize(
    "data", [None, [], {}, {"cloud_controllers": {}}, {"cloud_controllers": [1]}]
)
async def test_discovery_of_the_wrong_shape_is_told(paths: Paths, data: object) -> None:
    service = Service()

    def answer(request: httpx.Request) -> httpx.Response:
        if "list" in request.url.path:
            return httpx.Response(200, content=json.dumps({"success": True, "data": data}))
        return service(request)

    with pytest.raises(BadAnswer):
        await discover(CONFIG, store(paths, answer), httpx.MockTransport(answer))


async def test_discovery_refused_gives_the_services_words(paths: Paths) -> None:
    service = Service()

    def answer(request: httpx.Request) -> httpx.Response:
        if "list" in request.url.path:
            return httpx.Response(403, json={"success": False, "error": "no \x1b[31mpermission"})
        return service(request)

    with pytest.raises(Refused) as caught:
        await discover(CONFIG, store(paths, answer), httpx.MockTransport(answer))
    assert "no ␛[31mpermission" in caught.value.message
