"""Every way to a real slurmrestd, and what is told when it, its token or its controller is away."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from podtui.config.model import Secret
from podtui.domain.job import JobState, Scope
from podtui.errors import LoginRequired, NotFound, Unreachable
from tests.ports import free_port

from .bed import (
    CONFIGURATION,
    URL,
    WHY_NOT,
    becomes,
    cluster,
    connected,
    daemon,
    is_up,
    submission,
    token,
)

pytestmark = [pytest.mark.alone, pytest.mark.skipif(not is_up(), reason=WHY_NOT)]


async def test_over_ipv6_and_a_unix_socket(tmp_path: Path, place: Path) -> None:
    port, socket = free_port(), place / "rest.sock"
    with daemon(tmp_path, f"[::1]:{port}", f"unix:{socket}") as one:
        await one.answers(port, "::1")
        for url in (f"http://[::1]:{port}", f"unix:{socket}"):
            async with connected(cluster(tmp_path, Secret(token()), url=url)) as jobs:
                job_id = await jobs.submit(submission("true", hold=True))
                assert job_id in {job.id for job in (await jobs.list_jobs(Scope())).jobs}
                await jobs.cancel(job_id)


@pytest.mark.parametrize("version", ["v0.0.36", "v0.0.37"])
async def test_an_older_server_is_spoken_to_in_its_version(version: str, tmp_path: Path) -> None:
    port = free_port()
    options = ("-s", f"openapi/{version}")
    with daemon(tmp_path, f"127.0.0.1:{port}", options=options) as one:
        await one.answers(port)
        made = cluster(tmp_path, Secret(token()), url=f"http://127.0.0.1:{port}")
        async with connected(made) as jobs:
            facts = dict(made.status().facts)
            assert facts["API"] == version
            assert facts["Slurm"].startswith("22.05")
            assert facts["History"] == ""  # its plugin is not loaded there
            assert not jobs.history.there
            with pytest.raises(NotFound):
                await jobs.job("999999")


async def test_killed_and_started_again(tmp_path: Path) -> None:
    port = free_port()
    with daemon(tmp_path, f"127.0.0.1:{port}") as one:
        await one.answers(port)
        made = cluster(tmp_path, Secret(token()), url=f"http://127.0.0.1:{port}")
        async with connected(made) as jobs:
            job_id = await jobs.submit(submission("true", hold=True))
            one.kill()
            for act in (jobs.list_jobs(Scope()), jobs.cancel(job_id), made.connect()):
                with pytest.raises(Unreachable):
                    await act
            one.start()
            await one.answers(port)
            assert (await jobs.job(job_id)).state is JobState.HELD
            await jobs.cancel(job_id)
            assert (await becomes(jobs, job_id, JobState.CANCELLED)).started is None


async def test_a_dead_controller_is_no_wrong_token(tmp_path: Path, place: Path) -> None:
    port, nobody = free_port(), free_port()
    text = CONFIGURATION.read_text()
    conf = place / "slurm.conf"
    old = next(line for line in text.splitlines() if line.startswith("SlurmctldPort="))
    conf.write_text(text.replace(old, f"SlurmctldPort={nobody}\nMessageTimeout=2"))
    (place / "cgroup.conf").write_text((CONFIGURATION.parent / "cgroup.conf").read_text())
    with daemon(tmp_path, f"127.0.0.1:{port}", conf=conf) as one:
        await one.answers(port)
        made = cluster(tmp_path, Secret(token()), url=f"http://127.0.0.1:{port}")
        with pytest.raises(Unreachable, match="controller"):
            await made.connect()
        await made.close()


async def test_wrong_and_missing_tokens(tmp_path: Path) -> None:
    good = token()
    for wrong in (good[:-8] + "AAAAAAAA", "rubbish", token("bob")):
        made = cluster(tmp_path, Secret(wrong), user="alice")
        with pytest.raises(LoginRequired) as caught:
            await made.connect()
        assert wrong not in str(caught.value)
        await made.close()
    made = cluster(tmp_path, None, user="alice")
    with pytest.raises(LoginRequired, match="401"):
        await made.connect()
    await made.close()


async def test_an_expired_token_by_our_clock_by_the_servers_and_renewed(tmp_path: Path) -> None:
    short = token(seconds=1)
    before = datetime.now(UTC) - timedelta(hours=1)
    slow = cluster(tmp_path, Secret(short), clock=lambda: before)  # believes it still holds
    async with asyncio.timeout(30):
        while True:
            try:
                await slow.connect()
            except LoginRequired:
                break  # the server knows better
            await asyncio.sleep(0.1)
    await slow.close()
    made = cluster(tmp_path, Secret(short))
    with pytest.raises(LoginRequired, match="ended at"):
        await made.connect()
    await made.close()
    given = iter((short, token()))
    renewing = cluster(tmp_path, Secret(lambda: next(given)), clock=lambda: before)
    async with connected(renewing) as jobs:
        assert (await jobs.list_jobs(Scope())).skipped == 0
        expires = renewing.status().token_expires
        assert expires is not None
        assert expires > datetime.now(UTC)


async def test_through_a_proxy_that_knows_us_by_a_cookie(tmp_path: Path) -> None:
    held = token().removeprefix("SLURM_JWT=")

    async def proxy(request: httpx.Request) -> httpx.Response:
        if request.headers.get("Cookie") != "session=alice":
            return httpx.Response(302, headers={"Location": "https://login.test/"})
        assert "X-SLURM-USER-TOKEN" not in request.headers
        url = f"{URL}{request.url.raw_path.decode().removeprefix('/hpc')}"
        told = {"X-SLURM-USER-NAME": "alice", "X-SLURM-USER-TOKEN": held}
        told |= {n: request.headers[n] for n in ("Accept", "Content-Type") if n in request.headers}
        async with httpx.AsyncClient(timeout=60) as client:
            found = await client.request(request.method, url, headers=told, content=request.content)
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    for cookie, works in (("session=alice", True), ("session=old", False)):
        made = cluster(
            tmp_path,
            None,
            url="https://portal.test/hpc",
            user="alice",
            headers=(("Cookie", Secret(cookie)),),
            transport=httpx.MockTransport(proxy),
        )
        if works:
            async with connected(made) as jobs:
                job_id = await jobs.submit(submission("true", hold=True))
                await jobs.cancel(job_id)
        else:
            with pytest.raises(LoginRequired, match="another login"):
                await made.connect()
            await made.close()


async def test_in_yaml(tmp_path: Path) -> None:
    """The real server's YAML, where a site before it lets no JSON pass."""

    async def site(request: httpx.Request) -> httpx.Response:
        if "yaml" not in request.headers["Accept"]:
            return httpx.Response(406, text="YAML here")
        async with httpx.AsyncClient(timeout=60) as client:
            url = f"{URL}{request.url.raw_path.decode()}"
            found = await client.request(
                request.method, url, headers=request.headers, content=request.content
            )
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    made = cluster(tmp_path, Secret(token()), transport=httpx.MockTransport(site))
    async with connected(made) as jobs:
        job_id = await jobs.submit(submission("true", "-J 'ünï [x]'", hold=True))
        job = await jobs.job(job_id)
        assert (job.state, job.name) == (JobState.HELD, "ünï [x]")
        assert job_id in {one.id for one in (await jobs.list_jobs(Scope())).jobs}
        await jobs.cancel(job_id)
