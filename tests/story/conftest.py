"""A pod with a login node: one of the test's own, or one for the tests of a file."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from podtui.domain.node import NodeSpec, ProvisionPhase
from tests.story.pod import Pod, running_pod, session

AS = Path(__file__).parents[1] / "testbed" / "slurm" / "as.sh"


@pytest.fixture
async def pod(tmp_path: Path) -> AsyncIterator[Pod]:
    """A fresh pod with a login node that answers."""
    async with _with_node(tmp_path) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_pod(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pod]:
    """One for all tests of a file: what a test finds there may be another's."""
    folder = tmp_path_factory.mktemp("one")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))  # it comes before the homes of the tests
        async with _with_node(folder) as running:
            yield running


@pytest.fixture(scope="session")
def overtime() -> Iterator[str]:
    """A job of Slurm's that runs over its minute, by its id.

    It takes two, so it is begun while other tests run, as a user whose jobs none of them ends.
    """
    as_carol = [str(AS), "carol"]
    job = [*as_carol, "sbatch", "--parsable", "-t", "1", "-o", "/dev/null", "--wrap", "sleep 600"]
    told = subprocess.run(job, check=True, capture_output=True, timeout=60, cwd="/", text=True)
    yield told.stdout.strip()
    subprocess.run([*as_carol, "scancel", told.stdout.strip()], check=False, timeout=60)


@asynccontextmanager
async def _with_node(folder: Path) -> AsyncIterator[Pod]:
    async with running_pod(folder / "pod", "--slots", "8") as running:
        async with session(running.config) as podtui:
            steps = [step.phase async for step in podtui.nodes.provision("pod", NodeSpec())]
        assert steps[-1] is ProvisionPhase.READY
        yield running
