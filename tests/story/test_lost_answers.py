"""The first answer of every kind of call is lost: nothing is made twice, nothing is forgotten."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from pathlib import Path

import httpx

from podtui.backends.pod.backend import PodBackend
from podtui.config.model import ClusterConfig
from podtui.domain.job import JobState
from podtui.domain.node import NodeSpec, ProvisionPhase
from podtui.domain.staging import StagedPhase, StagePair
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.story.pod import NobodyToAsk, Pod, client, running_pod, session

KINDS = {
    "GET /auth/request_token",
    "GET /cloud_controller/list",
    "GET /user",
    "POST /user",
    "PUT /user/ID",
    "GET /storage-volume",
    "POST /storage-volume",
    "GET /server-image",
    "GET /server-flavor",
    "GET /server-instance",
    "POST /server-instance",
    "DELETE /server-instance/ID",
    "POST /cloud_auth/login",
    "POST /pod/submit",
    "POST /pod/status",
    "POST /pod/release",
    "POST /scheduler/delete_job",
}
SCRIPT = """#!/bin/bash
#PBS -N lost
#PBS -l walltime=00:01:00
cd ~/lost
echo "$PBS_JOBID" >> ran
sha256sum < in.dat > out.dat
"""


def kind(request: httpx.Request) -> str:
    path = re.sub(r"^/v1", "", request.url.path).rstrip("/")
    path = re.sub(r"^(/user|/server-instance)/.+", r"\1/ID", path)
    return f"{request.method} {path}"


class LosingTransport(httpx.AsyncBaseTransport):
    """Brings every request to the pod, and loses the first answer of each kind."""

    def __init__(self) -> None:
        self.lost: set[str] = set()
        self._real = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._real.handle_async_request(request)
        if kind(request) in self.lost:
            return response
        self.lost.add(kind(request))
        await response.aread()
        raise httpx.ReadError("the link was cut", request=request)

    async def aclose(self) -> None:
        """Shared by all clients of the test; closed by `close`."""

    async def close(self) -> None:
        await self._real.aclose()


def lossy(pod: Pod, transport: LosingTransport) -> Session:
    _, paths = client(pod.config)

    def opener(config: ClusterConfig) -> PodBackend:
        return PodBackend(config, paths, NobodyToAsk(), transport=transport)

    return session(pod.config, opener=opener)


async def test_each_answer_lost_once(tmp_path: Path) -> None:
    (tmp_path / "in.dat").write_bytes(data := os.urandom(1_000_000))
    (tmp_path / "run.sub").write_text(SCRIPT)
    (tmp_path / "wait.sub").write_text("#!/bin/bash\n#PBS -N wait\necho never > ~/never\n")
    transport = LosingTransport()
    async with running_pod(tmp_path / "pod") as pod, lossy(pod, transport) as podtui:
        steps = [step async for step in podtui.nodes.provision("pod", NodeSpec())]
        assert steps[-1].phase is ProvisionPhase.READY
        async with asyncio.TaskGroup() as group:
            polling = group.create_task(podtui.poll())
            request = SubmitRequest(
                "pod",
                tmp_path / "run.sub",
                (StagePair(str(tmp_path / "in.dat"), "~/lost/in.dat"),),
                (StagePair(str(tmp_path / "out.dat"), "~/lost/out.dat"),),
            )
            staged = await podtui.staging.submit(request)
            ended = await podtui.staging.finish(staged.token)
            other = await podtui.staging.submit(
                SubmitRequest("pod", tmp_path / "wait.sub", hold=True)
            )
            assert other.key is not None
            await podtui.jobs.cancel(other.key)
            assert (await podtui.staging.finish(other.token)).phase is StagedPhase.CANCELLED
            polling.cancel()

        assert (ended.phase, ended.job_state) == (StagedPhase.DONE, JobState.COMPLETED)
        assert (tmp_path / "out.dat").read_text() == f"{hashlib.sha256(data).hexdigest()}  -\n"
        assert len((pod.home() / "lost" / "ran").read_text().splitlines()) == 1
        assert not (pod.home() / "never").exists()
        jobs = (await podtui.jobs.fetch("pod")).jobs
        assert sorted(job.name for job in jobs) == ["lost", "wait"]

        overview = await podtui.nodes.overview("pod")
        assert len(overview.nodes) == 1
        assert len(await podtui.keys.on_cluster("pod")) == 1
        await podtui.nodes.delete("pod", overview.nodes[0].id)
        assert [n for n in await podtui.nodes.nodes("pod") if n.status != "DELETED"] == []
    await transport.close()
    assert transport.lost == KINDS
