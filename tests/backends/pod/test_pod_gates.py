"""What stands before the POD's services and answers in their place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import parse_qs

import httpx
import pytest

from podtui.backends.pod.auth import Token, TokenStore
from podtui.backends.pod.beoweb import Beoweb
from podtui.backends.pod.controller import CloudController
from podtui.config.model import PodConfig
from podtui.domain.job import Scope
from podtui.errors import BadAnswer, NotFound, OutcomeUnknown, PodError, Refused, Unreachable


class Open:
    """A login that is open already."""

    async def open(self, client: httpx.AsyncClient, user: str) -> None:
        return None


async def no_hold(job_id: str) -> None:
    raise AssertionError(job_id)


def beoweb(answer: httpx.MockTransport) -> Beoweb:
    return Beoweb("pod", "me", "http://pod.test", Open(), no_hold, transport=answer)


@pytest.mark.parametrize(
    ("status", "reading", "changing"),
    [
        (302, Refused, Refused),
        (404, BadAnswer, BadAnswer),
        (429, Unreachable, Unreachable),
        (500, BadAnswer, OutcomeUnknown),
        (502, Unreachable, OutcomeUnknown),
        (504, Unreachable, OutcomeUnknown),
    ],
)
async def test_a_page_in_place_of_beowebs_answer(
    status: int, reading: type[PodError], changing: type[PodError]
) -> None:
    def page(_: httpx.Request) -> httpx.Response:
        headers = {"Location": "https://sso.test/?back=1"} if status == 302 else {}
        return httpx.Response(status, html="<html>", headers=headers)

    jobs = beoweb(httpx.MockTransport(page))
    with pytest.raises(reading):
        await jobs.list_jobs(Scope())
    with pytest.raises(reading):
        await jobs.job("1.pod")
    with pytest.raises(changing):
        await jobs._call("pod/submit", {}, changes=True)
    await jobs.close()


@pytest.mark.parametrize("there", [True, False])
async def test_a_no_is_not_yet_the_end_of_a_job(there: bool) -> None:
    """Beoweb says `success: false` for whatever fails: what the list still has is not gone."""

    def answer(request: httpx.Request) -> httpx.Response:
        if parse_qs(request.content.decode())["jobid"] == ["ALL"]:
            return httpx.Response(
                200, json={"success": True, "data": {"1.pod": {}} if there else {}}
            )
        return httpx.Response(200, json={"success": False, "msg": "the scheduler is busy"})

    jobs = beoweb(httpx.MockTransport(answer))
    with pytest.raises(Refused, match="scheduler is busy") as failed:
        await jobs.job("1.pod")
    assert isinstance(failed.value, NotFound) is not there
    await jobs.close()


class Tokens:
    """One token, good for ever."""

    async def get(self) -> Token:
        return Token("t", datetime.now(UTC), datetime.now(UTC) + timedelta(hours=1))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(404, text="default backend - 404"), Unreachable),
        (httpx.Response(404, json={"message": "no Route"}), Unreachable),
        (httpx.Response(404, json={"data": [], "msg": "no such", "success": False}), NotFound),
    ],
)
async def test_a_gateways_404_takes_no_login_node_away(
    answer: httpx.Response, error: type[PodError]
) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(404, headers=answer.headers, content=answer.content)

    config = PodConfig("pod", "me", cloudauth_id="c")
    tokens = cast(TokenStore, Tokens())
    one = CloudController(config, "http://pod.test", tokens, httpx.MockTransport(handle))
    for call in (one.delete_node("i1"), one.nodes()):
        with pytest.raises(error):
            await call
    await one.close()
