"""`podtui history`: a process of its own finds what another has noted, asking no cluster."""

from __future__ import annotations

import asyncio
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podtui.cli.history import past_facts
from podtui.domain.history import PastJob
from podtui.domain.job import Job, JobKey, JobState
from podtui.services.history_file import HistoryFile
from tests.cli.conftest import PATIENCE, PODTUI

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
DOCS = (Path(__file__).parents[2] / "docs/cli.md").read_text()
JOBS = [
    Job(JobKey("pod", "1.pod"), JobState.COMPLETED, name="relax", submitted=NOW, exit_status=0),
    Job(JobKey("lab", "7"), JobState.FAILED, name="evil\x1b[2J", exit_status=3),
]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose clusters nobody can reach, and two jobs that were."""
    file = tmp_path / "config.toml"
    file.write_text(
        f'state_dir = "{tmp_path}/state"\n'
        '[clusters.pod]\nkind = "ssh"\nhost = "127.0.0.1"\nport = 9\n'
    )

    async def note() -> None:
        async with HistoryFile(tmp_path / "state" / "history.sqlite") as history:
            assert await history.note(JOBS, NOW, {})

    asyncio.run(note())
    return file


def ask(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [*PODTUI, "--config", str(config), "history", *words]
    return subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, check=False)


def ids(config: Path, *words: str) -> list[str]:
    done = ask(config, "--json", *words)
    assert done.returncode == 0, done.stderr
    return [job["id"] for job in json.loads(done.stdout)["data"]["jobs"]]


def test_words_cluster_and_most(config: Path) -> None:
    assert sorted(ids(config)) == ["1.pod", "7"]
    assert ids(config, "RELAX") == ["1.pod"]
    assert ids(config, "relax", "failed") == []
    assert ids(config, "--cluster", "lab") == ["7"]
    assert len(ids(config, "--most", "1")) == 1


def test_people_get_a_table_that_is_harmless(config: Path) -> None:
    done = ask(config, "evil")
    assert "evil␛[2J" in done.stdout
    assert "| failed |" in done.stdout
    assert "\x1b" not in done.stdout
    assert ask(config, "nothing-like-it").stdout.startswith("No job is remembered")
    assert ask(config, "--most", "0").returncode == 2


def test_every_name_in_json_is_in_the_docs() -> None:
    told = past_facts(PastJob(JOBS[0], NOW, NOW))
    assert [name for name in told if f"`{name}`" not in DOCS] == []
