"""A fresh account: jobs are polled before there is anybody to have jobs, and nothing breaks."""

from __future__ import annotations

import asyncio
from pathlib import Path

from podtui.domain.cluster import LinkState
from podtui.domain.node import NodeSpec, ProvisionPhase
from tests.story.pod import running_pod, session


async def test_polls_and_a_new_login_node_at_once(tmp_path: Path) -> None:
    async with running_pod(tmp_path / "pod") as pod, session(pod.config) as podtui:
        await podtui.clusters.connect("pod")
        async with asyncio.TaskGroup() as group:
            polling = group.create_task(podtui.poll())
            async with asyncio.timeout(20):
                while not podtui.jobs.latest[0].error:
                    await podtui.news.after(podtui.news.count)
            told = podtui.jobs.latest[0]
            assert told.title == "No account yet"
            assert "nodes create" in told.hint
            assert podtui.clusters.status("pod").link is LinkState.ONLINE
            steps = []
            async for step in podtui.nodes.provision("pod", NodeSpec()):
                steps.append(step.phase)
                podtui.jobs.refresh()
                await podtui.clusters.connect("pod", again=True)
            assert steps[-1] is ProvisionPhase.READY
            podtui.jobs.refresh()
            async with asyncio.timeout(20):
                while podtui.jobs.latest[0].stale:
                    await podtui.news.after(podtui.news.count)
            assert podtui.jobs.latest[0].jobs == ()
            polling.cancel()
