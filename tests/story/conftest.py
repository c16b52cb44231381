"""One pod with a login node, shared by the stories of a module."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from podtui.domain.node import NodeSpec, ProvisionPhase
from tests.story.pod import Pod, running_pod, session


@pytest.fixture
async def pod(tmp_path: Path) -> AsyncIterator[Pod]:
    """A fresh pod with a login node that answers."""
    async with running_pod(tmp_path / "pod", "--slots", "8") as running:
        async with session(running.config) as podtui:
            steps = [step.phase async for step in podtui.nodes.provision("pod", NodeSpec())]
        assert steps[-1] is ProvisionPhase.READY
        yield running
