"""The one client of all services: what it never shows, and what it reads whatever is told."""

from __future__ import annotations

import asyncio
import re
import traceback
from pathlib import Path
from typing import Any

import httpx
import pytest

from podtui.backends.http import beginning, build_client, send, told
from podtui.errors import ConfigError, Unreachable

SECRET = "very-secret"


@pytest.mark.parametrize("value", [f"{SECRET}\nline", f" {SECRET}", f"{SECRET} "])
async def test_a_header_that_cannot_be_sent_is_not_shown(value: str) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, build_client(f"http://127.0.0.1:{port}") as client:
        for changes in (False, True):
            request = client.build_request(
                "POST", "/", headers={"Authorization": value}, content=b"x"
            )
            with pytest.raises(ConfigError) as failed:
                await send(client, request, changes=changes)
            assert SECRET not in "".join(traceback.format_exception(failed.value))


@pytest.mark.parametrize("charset", ["hex", "undefined", "rot13", "base64", "idna", "nosuch"])
def test_an_answer_in_a_charset_that_is_none_is_told_all_the_same(charset: str) -> None:
    headers = {"Content-Type": f"text/html; charset={charset}"}
    request = httpx.Request("GET", "http://pod.test/")
    answer = httpx.Response(502, headers=headers, content=b"<html>\x1b[2J\xff", request=request)
    assert told(answer) == " (status 502)"
    assert "\x1b" not in beginning(answer, 20)
    assert beginning(answer, 20).startswith("<html>")


@pytest.mark.parametrize("way", [{}, {"stream": True}, {"largest": 100}])
async def test_a_request_turned_away_for_now_was_not_done_and_is_tried_again(
    way: dict[str, Any],
) -> None:
    def turned_away(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, headers={"Retry-After": "7\x1b"}, content=b"slower" * 100)

    async with build_client("http://pod.test", transport=httpx.MockTransport(turned_away)) as one:
        for changes in (False, True):
            with pytest.raises(Unreachable, match=r"asked too often.*7") as failed:
                await send(one, one.build_request("POST", "/x"), changes=changes, **way)
            assert failed.value.message.isprintable()


@pytest.mark.parametrize(
    ("location", "follows"),
    [
        ("/x/?a=1", True),
        ("http://pod.test/x/?a=1", True),
        ("http://pod.test/x/", False),
        ("https://pod.test/x/?a=1", False),
        ("http://pod.test:81/x/?a=1", False),
        ("//other.test/x/?a=1", False),
        ("/y/?a=1", False),
        ("/x?a=1", False),
    ],
)
@pytest.mark.parametrize("status", [301, 307, 308])
async def test_only_a_slash_at_the_end_is_followed_and_the_body_goes_along(
    location: str, follows: bool, status: int
) -> None:
    seen: list[tuple[str, bytes]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append((str(request.url), request.content))
        if request.url.path == "/x/":
            return httpx.Response(200, json={})
        return httpx.Response(status, headers={"Location": location})

    async with build_client("http://pod.test", transport=httpx.MockTransport(handle)) as client:
        request = client.build_request("POST", "/x?a=1", content=b"once")
        response = await send(client, request, changes=True)
        kept = follows and status != 301  # which would make a GET of it
        assert response.status_code == (200 if kept else status)
        assert seen[1:] == ([("http://pod.test/x/?a=1", b"once")] if kept else [])


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate (_ssl.c:1006)", "ca_file"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "http://"),
    ],
)
async def test_a_handshake_that_fails_says_what_to_set(words: str, step: str) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(words)

    async with build_client("https://pod.test", transport=httpx.MockTransport(handle)) as client:
        with pytest.raises(Unreachable) as failed:
            await send(client, client.build_request("GET", "/"), changes=False)
        assert step in failed.value.hint


async def test_a_socket_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rest.sock"
    async with build_client("http://localhost", uds=path) as client:
        with pytest.raises(Unreachable, match=re.escape(str(path))):
            await send(client, client.build_request("GET", "/x"), changes=False)
