"""Wrong key, wrong clock, dead tokens, silent or inactive controllers: told, and then mended."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from podtui.backends.pod.backend import PodBackend
from podtui.config.model import ClusterConfig
from podtui.domain.cluster import LinkState
from podtui.errors import BadAnswer, LoginRequired, NotFound, PodError, Refused, Unreachable
from podtui.paths import Paths
from podtui.services.clusters import OpenBackend
from podtui.services.staging import SubmitRequest
from tests.story.bad import (
    changed_session,
    check_told,
    end,
    polling,
    started_again,
    until,
    write_script,
)
from tests.story.pod import NobodyToAsk, Pod, running_pod, session


def rotate_secret(pod: Pod, secret: str) -> None:
    """Give the owner another API secret, and end every token and session."""
    file = pod.state / "identities.json"
    rows = json.loads(file.read_text())
    for row in rows:
        if row["api_key"] == pod.told["api_key"]:
            row["api_secret"] = secret
    file.write_text(json.dumps(rows))
    revoke(pod)


def revoke(pod: Pod) -> None:
    """End every token and every Beoweb session at the pod's side."""
    for file in (pod.state / "tokens.json", *pod.state.glob("controllers/*/sessions.json")):
        file.unlink(missing_ok=True)


async def test_a_secret_that_is_no_longer_right(pod: Pod, tmp_path: Path) -> None:
    script = write_script(tmp_path, "late")
    async with session(pod.config) as podtui, polling(podtui):
        await podtui.clusters.connect("pod")
        await end(pod)
        rotate_secret(pod, "quite-another-secret")
        async with started_again(pod) as other:
            with pytest.raises(LoginRequired) as caught:
                await podtui.staging.submit(SubmitRequest("pod", script))
            check_told(caught.value, "Wrong API key or secret", other)
            assert podtui.clusters.status("pod").link is LinkState.LOGIN
            assert podtui.staging.jobs == ()
            assert await podtui.journal.all() == ()
            assert not (pod.home() / "podsh_jobs").exists()
            with pytest.raises(LoginRequired):
                await podtui.clusters.connect("pod")
        rotate_secret(pod, pod.told["api_secret"])
        async with started_again(pod):
            await podtui.clusters.connect("pod")
            staged = await podtui.staging.submit(SubmitRequest("pod", script))
            assert staged.job_id


async def test_a_key_that_nobody_has(pod: Pod) -> None:
    async with changed_session(pod, api_key="0" * 32) as podtui:
        with pytest.raises(LoginRequired) as caught:
            await podtui.clusters.connect("pod")
        check_told(caught.value, "Wrong API key or secret", pod)
        assert podtui.clusters.status("pod").link is LinkState.LOGIN


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_clock_that_is_off(pod: Pod, minutes: int) -> None:
    off = timedelta(minutes=minutes)

    def clock() -> datetime:
        return datetime.now(UTC) + off

    (pod.state / "client" / "state" / "tokens").rename(tmp := pod.state / "client" / "old-tokens")
    async with changed_session(pod, clock=clock) as podtui:
        with pytest.raises(LoginRequired) as caught:
            await podtui.clusters.connect("pod")
        check_told(caught.value, "Clock is off", pod)
        assert "6 minutes" in caught.value.message
        assert ("ahead" if minutes > 0 else "behind") in caught.value.message
        off = timedelta()
        assert (await podtui.clusters.connect("pod")).link is LinkState.ONLINE
    assert tmp.exists()


async def test_tokens_that_end_every_second(tmp_path: Path) -> None:
    pod_of_short_tokens = running_pod(tmp_path / "pod", "--token-seconds", "1")
    async with pod_of_short_tokens as pod, session(pod.config) as podtui:
        backend = podtui.clusters.link("pod").backend
        await podtui.clusters.connect("pod")
        await backend.nodes.create_account()
        await backend.nodes.create_volume(1)
        await podtui.clusters.connect("pod", again=True)
        first = podtui.clusters.status("pod").token_expires
        async with polling(podtui):
            assert first is not None
            await until(
                podtui.news,
                lambda: (
                    (podtui.clusters.status("pod").token_expires or first)
                    > first + timedelta(seconds=2)
                ),
            )
            (answer,) = podtui.jobs.latest
            assert not answer.stale, answer.error
        await podtui.staging.submit(SubmitRequest("pod", write_script(tmp_path, "later")))
        assert [job.name for job in (await podtui.jobs.fetch("pod")).jobs] == ["later"]


async def test_a_token_revoked_at_the_other_side_is_renewed_unseen(
    pod: Pod, tmp_path: Path
) -> None:
    async with session(pod.config) as podtui:
        await podtui.clusters.connect("pod")
        assert (await podtui.jobs.fetch("pod")).jobs == ()
        await end(pod)
        revoke(pod)
        async with started_again(pod):
            await podtui.nodes.overview("pod")
            staged = await podtui.staging.submit(
                SubmitRequest("pod", write_script(tmp_path, "still"))
            )
            assert staged.job_id
            assert [job.name for job in (await podtui.jobs.fetch("pod")).jobs] == ["still"]


async def test_a_controller_that_is_inactive_or_not_there(pod: Pod) -> None:
    async with changed_session(pod, controller="POD MT0") as podtui:
        with pytest.raises(Refused) as caught:
            await podtui.clusters.connect("pod")
        check_told(caught.value, "Controller inactive", pod)
        listed = podtui.clusters.status("pod").controllers
        assert {c.name: c.active for c in listed} == {
            "POD MT0": False,
            "POD MT1": True,
            "POD MT2": True,
        }
    async with changed_session(pod, controller="POD MT9") as podtui:
        with pytest.raises(NotFound) as missing:
            await podtui.clusters.connect("pod")
        check_told(missing.value, "No such controller", pod)
        assert "POD MT1" in missing.value.message


class Reviving(httpx.AsyncBaseTransport):
    """Tells the list of controllers with POD MT1 inactive until `revived`."""

    def __init__(self) -> None:
        self.revived = False
        self.failing: int | None = None
        self._real = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.failing:
            return httpx.Response(self.failing, text="<h1>\x1b[31mbad gateway</h1>")
        response = await self._real.handle_async_request(request)
        if self.revived or not request.url.path.endswith("/cloud_controller/list"):
            return response
        reply = json.loads(await response.aread())
        for controller in reply["data"]["cloud_controllers"]:
            controller["active"] = False
        return httpx.Response(200, json=reply)

    async def __aexit__(self, *_: object) -> None:
        await self._real.aclose()

    async def aclose(self) -> None:
        """Shared by the clients of one story, which ends it by `async with`."""

    def opener(self, paths: Paths) -> OpenBackend:
        def open_it(config: ClusterConfig) -> PodBackend:
            return PodBackend(config, paths, NobodyToAsk(), transport=self)

        return open_it


async def test_an_inactive_controller_comes_back(pod: Pod) -> None:
    transport = Reviving()
    async with (
        transport,
        changed_session(pod, opener=transport.opener, controller="POD MT1") as podtui,
    ):
        with pytest.raises(Refused) as caught:
            await podtui.clusters.connect("pod")
        check_told(caught.value, "Controller inactive", pod)
        transport.revived = True
        assert (await podtui.clusters.connect("pod")).link is LinkState.ONLINE
    transport = Reviving()
    async with transport, changed_session(pod, opener=transport.opener) as podtui:
        with pytest.raises(Refused) as caught:
            await podtui.clusters.connect("pod")
        check_told(caught.value, "No controller", pod)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(302, BadAnswer), (404, BadAnswer), (500, BadAnswer), (503, Unreachable)],
)
async def test_a_failing_service_is_not_called_a_wrong_key(
    pod: Pod, status: int, kind: type[PodError]
) -> None:
    (pod.state / "client" / "state" / "tokens").rename(pod.state / "client" / "old-tokens")
    transport = Reviving()
    transport.revived = True
    transport.failing = status
    async with transport, changed_session(pod, opener=transport.opener) as podtui:
        with pytest.raises(kind) as caught:
            await podtui.clusters.connect("pod")
        check_told(caught.value, kind.title, pod)
        assert str(status) in caught.value.message
        async with polling(podtui):
            transport.failing = None
            await until(podtui.news, lambda: podtui.jobs.latest[0].answered is not None)
        assert podtui.clusters.status("pod").link is LinkState.ONLINE


async def test_a_pod_that_is_away_for_a_while(pod: Pod, tmp_path: Path) -> None:
    async with session(pod.config) as podtui:
        await podtui.clusters.connect("pod")
        await podtui.staging.submit(SubmitRequest("pod", write_script(tmp_path, "kept"), hold=True))
        async with polling(podtui):
            await until(podtui.news, lambda: len(podtui.jobs.latest[0].jobs) == 1)
            await end(pod)
            await until(podtui.news, lambda: podtui.jobs.latest[0].stale)
            (answer,) = podtui.jobs.latest
            assert [job.name for job in answer.jobs] == ["kept"]
            assert answer.answered is not None
            (row,) = podtui.job_rows()
            assert row.stale
            assert podtui.clusters.status("pod").link is LinkState.STALE
            with pytest.raises(Unreachable) as caught:
                await podtui.nodes.overview("pod")
            check_told(caught.value, "No answer", pod)
            before = answer.answered
            async with started_again(pod):
                await until(podtui.news, lambda: not podtui.jobs.latest[0].stale)
                assert (podtui.jobs.latest[0].answered or before) > before
                assert [row.stale for row in podtui.job_rows()] == [False]
                assert podtui.clusters.status("pod").link is LinkState.ONLINE
                await podtui.nodes.overview("pod")


async def test_a_pod_that_was_never_there_comes_up(pod: Pod) -> None:
    await end(pod)
    async with session(pod.config) as podtui:
        with pytest.raises(Unreachable) as caught:
            await podtui.clusters.connect("pod")
        check_told(caught.value, "No answer", pod)
        assert podtui.clusters.status("pod").link is LinkState.FAILED
        async with polling(podtui), started_again(pod):
            await until(podtui.news, lambda: podtui.clusters.status("pod").link is LinkState.ONLINE)
