"""A change is done and its answer is nonsense: it is looked up, and never done twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from podtui.domain.job import JobState
from podtui.domain.node import NodeSpec, ProvisionPhase
from podtui.services.staging import SubmitRequest
from tests.story.bad import changed_session, write_script
from tests.story.pod import Pod, running_pod
from tests.story.warp import WarpingTransport, whole

NONSENSE = {
    "html": whole(b"<html>\x1b[31mhotel wifi</html>"),
    "nothing": whole(b""),
    "half": whole(b'{"success": true, "jobid": "227'),
    "no id": whole(b'{"success": true}'),
    "odd id": whole(b'{"success": true, "jobid": {"id": "\\u001b[2J"}}'),
    "not gzip": whole(b"{}", headers={"content-encoding": "gzip"}),
    "failed": whole(b'{"success": false, "msg": "database connection lost"}', status=500),
    "gateway": whole(b"<h1>Bad Gateway</h1>", status=502),
    "too late": whole(b"", status=504),
}


@pytest.mark.parametrize("what", NONSENSE)
async def test_nonsense_about_a_job(one_pod: Pod, tmp_path: Path, what: str) -> None:
    transport = WarpingTransport()
    async with transport, changed_session(one_pod, opener=transport.opener) as podtui:
        before = {job.key for job in (await podtui.jobs.fetch("pod")).jobs}
        with transport.bent("POST /pod/submit", NONSENSE[what]):
            staged = await podtui.staging.submit(
                SubmitRequest("pod", write_script(tmp_path, "once"), hold=True)
            )
            assert transport.bends == 1
        (job,) = [j for j in (await podtui.jobs.fetch("pod")).jobs if j.key not in before]
        assert staged.key == job.key
        with transport.bent("POST /pod/release", NONSENSE[what]):
            await podtui.jobs.release(job.key)
        assert (await podtui.jobs.job(job.key)).state is not JobState.HELD

        other = await podtui.staging.submit(
            SubmitRequest("pod", write_script(tmp_path, "never"), hold=True)
        )
        assert other.key is not None
        with transport.bent("POST /scheduler/delete_job", NONSENSE[what]):
            await podtui.jobs.cancel(other.key)
        assert (await podtui.jobs.job(other.key)).state is JobState.CANCELLED


MAKING = frozenset({"POST /user", "POST /storage-volume", "PUT /user/ID", "POST /server-instance"})


@pytest.mark.parametrize("what", ["html", "nothing", "no id", "not gzip", "failed", "gateway"])
async def test_nonsense_about_a_login_node(tmp_path: Path, what: str) -> None:
    transport = WarpingTransport()
    async with (
        running_pod(tmp_path / "pod") as pod,
        transport,
        changed_session(pod, opener=transport.opener) as podtui,
    ):
        with transport.bent(MAKING, NONSENSE[what]):
            steps = [step.phase async for step in podtui.nodes.provision("pod", NodeSpec())]
            assert transport.bends == len(MAKING)
        assert steps[-1] is ProvisionPhase.READY
        (node,) = await podtui.nodes.nodes("pod")
        assert len(await podtui.keys.on_cluster("pod")) == 1
        with transport.bent("DELETE /server-instance/ID", NONSENSE[what]):
            await podtui.nodes.delete("pod", node.id)
        assert [n for n in await podtui.nodes.nodes("pod") if n.status != "DELETED"] == []
