"""Slurm's wrappers for real: skipped where the private Slurm of tests/testbed/slurm is not up."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from podtui.backends.schedulers.base import Account, Argv, Output
from podtui.backends.schedulers.pbs_wrappers import SlurmWrappers
from podtui.domain.job import Job, JobState, Scope, ScriptDialect
from podtui.domain.script import with_token
from podtui.errors import NotFound, Refused

_AS = Path(__file__).parents[3] / "testbed" / "slurm" / "as.sh"
_PATIENCE = 60.0  # seconds until a state that does not come is a fault
ADAPTER = SlurmWrappers()
ALICE = Account("alice")


def run(argv: Argv) -> Output:
    done = subprocess.run([_AS, "alice", *argv], capture_output=True, timeout=60, check=False)
    return Output(done.returncode, done.stdout, done.stderr)


def is_up() -> bool:
    """Whether the wrappers are installed and Slurm answers behind them."""
    if shutil.which("pbsnodes") is None or shutil.which("sbatch") is None:
        return False
    try:
        return run(("pbsnodes", "-a")).stdout.startswith(b"n1\n")
    except (OSError, subprocess.TimeoutExpired):
        return False


pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(
        not is_up(), reason="tests/testbed/slurm is not up, or slurm-wlm-torque is not installed"
    ),
]


@pytest.fixture
def script() -> Iterator[str]:
    """The path of a script in alice's home."""
    home = Path(run(("pwd",)).stdout.decode().strip())
    path = home / f"wrapped-{uuid4().hex[:8]}.sh"
    text = "#!/bin/sh\n#PBS -N wrapped\n#PBS -l nodes=1:ppn=1,walltime=00:01:00\necho done\n"
    path.write_bytes(with_token(text, ScriptDialect.TORQUE, "t0ken"))
    path.chmod(0o644)
    yield str(path)
    path.unlink()


@pytest.fixture
def submit(script: str) -> Iterator[Callable[[bool], str]]:
    """Submits the script, held or not; what it submitted is cancelled in the end."""
    ids: list[str] = []

    def submit_one(hold: bool) -> str:
        ids.append(ADAPTER.parse_submit(run(ADAPTER.submit_command(script, hold=hold))))
        return ids[-1]

    yield submit_one
    for job_id in ids:
        run(ADAPTER.cancel_command(job_id))


def job(job_id: str) -> Job:
    return ADAPTER.parse_job("c", job_id, ALICE, run(ADAPTER.job_command(job_id)))


def wait_for(job_id: str, *states: JobState) -> Job:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found = job(job_id)
        if found.state in states:
            return found
    raise AssertionError(f"job {job_id} is {found.native_state} still")


def test_held_listed_released_held_cancelled(submit: Callable[[bool], str]) -> None:
    job_id = submit(True)
    listed = ADAPTER.parse_list("c", Scope(), ALICE, run(ADAPTER.list_command(Scope(), ALICE)))
    mine = next(j for j in listed.jobs if j.id == job_id)
    assert (mine.name, mine.user, mine.state, mine.cores) == (
        "wrapped",
        "alice",
        JobState.QUEUED,
        1,
    )
    for command in (ADAPTER.hold_command(job_id), ADAPTER.cancel_command(job_id)):
        ADAPTER.check_change(job_id, run(command))
    assert wait_for(job_id, JobState.CANCELLED).native_state == "C"
    with pytest.raises(Refused):
        ADAPTER.check_change(job_id, run(ADAPTER.release_command(job_id)))


def test_a_released_job_ends_and_nobody_tells_how(submit: Callable[[bool], str]) -> None:
    job_id = submit(True)
    ADAPTER.check_change(job_id, run(ADAPTER.release_command(job_id)))
    ended = wait_for(job_id, JobState.UNKNOWN)
    assert ended.native_state == "C"
    assert ended.hosts.startswith("n")


def test_what_is_not_there() -> None:
    with pytest.raises(NotFound):
        job("99999999")
    with pytest.raises(Refused):
        ADAPTER.check_change("99999999", run(ADAPTER.cancel_command("99999999")))
    with pytest.raises(Refused):
        ADAPTER.parse_submit(run(ADAPTER.submit_command("/nowhere/run.sh", hold=False)))


def test_queues_and_machines() -> None:
    assert "debug" in {q.name for q in ADAPTER.parse_queues(run(ADAPTER.queues_command()))}
    nodes = ADAPTER.parse_nodes(run(ADAPTER.nodes_command()))
    assert {"n1", "n2"} <= {node.name for node in nodes}
    assert all(node.cores == 8 for node in nodes)
