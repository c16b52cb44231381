"""Whose jobs Beoweb can list: what it cannot is told, never shown as something else."""

from __future__ import annotations

import httpx
import pytest

from podtui.backends.pod.beoweb import Beoweb
from podtui.domain.job import Scope
from podtui.errors import NotOffered


class Open:
    """A login that is open already."""

    async def open(self, client: httpx.AsyncClient, user: str) -> None:
        return None


async def no_hold(job_id: str) -> None:
    raise AssertionError(job_id)


@pytest.mark.parametrize("scope", [Scope(user="bob"), Scope(everybody=True)])
async def test_other_peoples_jobs_are_not_offered(scope: Scope) -> None:
    def unasked(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.url} was asked")

    transport = httpx.MockTransport(unasked)
    beoweb = Beoweb("pod", "me", "http://127.0.0.1:1", Open(), no_hold, transport=transport)
    with pytest.raises(NotOffered, match="your own jobs"):
        await beoweb.list_jobs(scope)
    await beoweb.close()


async def test_a_group_is_asked_for_by_its_name() -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.content.decode())
        return httpx.Response(200, json={"success": True, "data": {}})

    transport = httpx.MockTransport(answer)
    beoweb = Beoweb("pod", "me", "http://127.0.0.1:1", Open(), no_hold, transport=transport)
    await beoweb.list_jobs(Scope(group="proj"))
    assert asked == ["pod_user=me&jobid=ALL&group=proj"]
    await beoweb.close()
