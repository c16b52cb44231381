"""Answers of any wrong shape, from every call: a PodError that is safe to show, never a crash."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from podtui.domain.cluster import LinkState
from podtui.errors import PodError
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.story.bad import changed_session, write_script
from tests.story.pod import Pod
from tests.story.warp import WarpingTransport, field, names_in, whole

DEEP = b"[" * 200_000
WHOLE = {
    "html": whole(b"<html>\x1b[31mhotel wifi: please log in</html>"),
    "nothing": whole(b""),
    "not utf-8": whole(b'{"success": "\xff\xfe"}'),
    "a list": whole(b"[]"),
    "a word": whole(b'"success"'),
    "null": whole(b"null"),
    "empty": whole(b"{}"),
    "success alone": whole(b'{"success": true}'),
    "success in words": whole(b'{"success": "yes", "data": "yes"}'),
    "null data": whole(b'{"success": true, "data": null}'),
    "numbers as data": whole(b'{"success": true, "data": [1, 2]}'),
    "text as data": whole(b'{"success": true, "data": "\\u001b[2J\\ud800"}'),
    "an object as data": whole(b'{"success": true, "data": {"data": {"data": 5}}}'),
    "an error object": whole(b'{"success": false, "error": {"a": ["\\u001b[31m"]}}'),
    "a long error": whole(json.dumps({"success": False, "msg": "x\x1b" * 100_000}).encode()),
    "too deep": whole(DEEP),
    "too large a number": whole(b'{"success": true, "data": ' + b"9" * 5000 + b"}"),
    "half": whole(b'{"success": true, "data": [{"id": "5"'),
    "not gzip": whole(b'{"success": true}', headers={"content-encoding": "gzip"}),
    "no such charset": whole(b"{}", headers={"content-type": "application/json; charset=x-y"}),
    "moved": whole(b"", status=302, headers={"location": "http://127.0.0.1:1/"}),
    "not allowed": whole(b'{"success": false, "error": "no\\u001b"}', status=403),
    "gone": whole(b"gone", status=404),
    "teapot": whole(b'{"success": false}', status=418),
    "slow down": whole(b"", status=429),
    "broken": whole(b"Traceback (most recent call last):\n\x1b", status=500),
    "away": whole(b"<h1>Bad Gateway</h1>", status=502),
    "no content": whole(b"", status=204),
}
HALF_RIGHT = {"POST /pod/status": "an object as data"}
"""One entry that is no job: the list is taken, and the entry counted as skipped."""
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1e308,
    "",
    "\x1b[31m\n\ud800",
    "../../x?y#z",
    "-oProxyCommand=x",
    [],
    [None, 5, "x"],
    {},
    {"a": {"b": []}},
    "x" * 100_000,
)
Act = Callable[[Session], Awaitable[object]]


async def attempt(podtui: Session, act: Act, what: str) -> PodError | None:
    """Do `act`; what it raises must be a PodError that is safe to show."""
    error = None
    try:
        await act(podtui)
    except PodError as told:
        error = told
    except Exception as fault:
        fault.add_note(what)
        raise
    for text in (error.title, error.message, error.hint) if error else ():
        assert text.strip(), f"{what}: {error!r}"
        assert text.isprintable(), f"{what}: {text!r}"
        assert len(text) < 1000, f"{what}: {text[:200]}"
    return error


async def connect(podtui: Session) -> None:
    """Let go of everything, so that all of it is asked for anew."""
    await podtui.clusters.disconnect("pod")
    await podtui.clusters.connect("pod")


async def account(podtui: Session) -> None:
    await connect(podtui)
    await podtui.keys.on_cluster("pod")


def asked(what: str) -> Act:
    async def ask(podtui: Session) -> None:
        async with podtui.clusters.call("pod") as backend:
            await getattr(backend.nodes, what)()

    return ask


async def login_node(podtui: Session) -> None:
    await connect(podtui)
    await podtui.files.folder("pod", "~")


async def log_in(podtui: Session) -> None:
    await connect(podtui)
    await podtui.jobs.fetch("pod")


async def jobs(podtui: Session) -> None:
    await podtui.jobs.fetch("pod")


READS: dict[str, Act] = {
    "GET /cloud_controller/list": connect,
    "GET /user": account,
    "GET /storage-volume": asked("volume"),
    "GET /server-image": asked("images"),
    "GET /server-flavor": asked("flavors"),
    "GET /server-instance": login_node,
    "POST /cloud_auth/login": log_in,
    "POST /pod/status": jobs,
}


def forget_token(podtui: Session) -> None:
    """Sign in anew at the next call."""
    for file in podtui.paths.tokens.glob("*"):
        file.unlink()


@pytest.mark.parametrize("name", sorted(READS))
async def test_a_whole_answer_of_the_wrong_shape(one_pod: Pod, name: str) -> None:
    transport = WarpingTransport()
    async with transport, changed_session(one_pod, opener=transport.opener) as podtui:
        for what, bend in WHOLE.items():
            with transport.bent(name, bend):
                error = await attempt(podtui, READS[name], what)
                assert transport.bends, f"{name} was not asked"
                if name != "POST /cloud_auth/login" and what not in HALF_RIGHT.get(name, ""):
                    assert error is not None, f"{name}: {what} was taken for an answer"
            await READS[name](podtui)
            assert podtui.clusters.status("pod").link is LinkState.ONLINE


async def test_a_token_answer_of_the_wrong_shape(one_pod: Pod) -> None:
    transport = WarpingTransport()
    name = "GET /auth/request_token"
    more: dict[str, dict[str, object]] = {
        "no date": {"expires_at_utc": "soon", "authentication_token": "x" * 32},
        "odd token": {"expires_at_utc": "2099-01-01T00:00:00", "authentication_token": "é\r\nX: y"},
        "no token": {"expires_at_utc": "2099-01-01T00:00:00", "authentication_token": ["x"]},
    }
    bends = WHOLE | {k: whole(json.dumps(v | {"success": True}).encode()) for k, v in more.items()}
    async with transport:
        for what, bend in bends.items():
            async with changed_session(one_pod, opener=transport.opener) as podtui:
                forget_token(podtui)
                with transport.bent(name, bend):
                    assert await attempt(podtui, connect, what) is not None
                    assert not list(podtui.paths.tokens.glob("*.json")), "kept in spite of all"
                await connect(podtui)


async def fields_of(pod: Pod, name: str) -> set[str]:
    """The fields of the pod's own answer of one kind."""
    found: set[str] = set()

    def bend(response: httpx.Response, content: bytes) -> httpx.Response:
        found.update(names_in(json.loads(content)))
        return whole(content, headers=dict(response.headers))(response, content)

    transport = WarpingTransport()
    async with transport, changed_session(pod, opener=transport.opener) as podtui:
        with transport.bent(name, bend):
            await READS[name](podtui)
    return found - {"success"}


@pytest.mark.parametrize("name", sorted(READS))
async def test_any_field_of_the_wrong_shape(one_pod: Pod, tmp_path: Path, name: str) -> None:
    transport = WarpingTransport()
    script = write_script(tmp_path, "kept")
    async with transport, changed_session(one_pod, opener=transport.opener) as podtui:
        await podtui.staging.submit(SubmitRequest("pod", script, hold=True))
        for one in sorted(await fields_of(one_pod, name)):
            for value in VALUES:
                with transport.bent(name, field(one, value)):
                    await attempt(podtui, READS[name], f"{name}: {one} = {str(value)[:60]!r}")
        await READS[name](podtui)
        assert podtui.clusters.status("pod").link is LinkState.ONLINE
