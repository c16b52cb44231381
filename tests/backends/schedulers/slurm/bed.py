"""The private Slurm of tests/testbed/slurm, as its users see it through the adapter."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from podtui.backends.schedulers.base import Account, Argv, Output
from podtui.backends.schedulers.slurm import Slurm
from podtui.domain.job import Job, JobList, JobState, Scope, ScriptDialect
from podtui.domain.script import with_token
from podtui.errors import NotFound

TESTBED = Path(__file__).parents[3] / "testbed" / "slurm"
WHY_NOT = "no Slurm here: as root, run tests/testbed/slurm/up.sh"
PATIENCE = 150.0  # seconds until a state that does not come is a fault; a timeout takes 60 to 120


def is_up() -> bool:
    """Whether the testbed answers."""
    if os.geteuid() != 0:
        return False
    try:
        done = subprocess.run(
            [TESTBED / "as.sh", "alice", "sinfo"], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def controller(verb: str) -> None:
    """Stop or start slurmctld."""
    subprocess.run([TESTBED / "controller.sh", verb], check=True, capture_output=True, timeout=90)


def until(reached: Callable[[], bool]) -> None:
    """Ask again until a state is reached; it is a fault when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, "the state did not come"
        time.sleep(0.1)


class Person:
    """One user of the testbed, who does everything by the adapter's commands and readings."""

    def __init__(self, user: str, environment: tuple[str, ...] = ()) -> None:
        self.adapter = Slurm("slurm-wlm 22.05.8")
        self.account = Account(user)
        self.environment = environment
        self.home = Path(self.run(("pwd",)).stdout.decode().strip())

    def run(self, argv: Argv) -> Output:
        """What the command does for this user, in the user's home."""
        whole = [TESTBED / "as.sh", self.account.user, "env", *self.environment, *argv]
        done = subprocess.run(whole, capture_output=True, timeout=60, check=False)
        return Output(done.returncode, done.stdout, done.stderr)

    def put(self, body: str) -> tuple[str, str]:
        """A script in the user's home with a token in it: its path and the token."""
        token = uuid4().hex
        path = self.home / f"job-{token[:8]}.sh"
        path.write_bytes(with_token(f"#!/bin/bash\n{body}\n", ScriptDialect.SLURM, token))
        path.chmod(0o644)
        return str(path), token

    def submit(self, body: str, *, hold: bool = False) -> str:
        """Submit a script; the job's number."""
        path, _ = self.put(body)
        return self.send(path, hold=hold)

    def send(self, path: str, *, hold: bool = False) -> str:
        """Submit the script at `path`."""
        return self.adapter.parse_submit(self.run(self.adapter.submit_command(path, hold=hold)))

    def jobs(self, scope: Scope | None = None) -> JobList:
        """The list of `scope` (one's own without)."""
        scope = scope or Scope()
        output = self.run(self.adapter.list_command(scope, self.account))
        return self.adapter.parse_list("live", scope, self.account, output)

    def listed(self, job_id: str) -> Job:
        """The job's row in the list of one's own."""
        return next(job for job in self.jobs().jobs if job.id == job_id)

    def job(self, job_id: str) -> Job:
        """One job the queue knows."""
        output = self.run(self.adapter.job_command(job_id))
        return self.adapter.parse_job("live", job_id, self.account, output)

    def accounted(self, job_id: str) -> Job | None:
        """The job from accounting, None when it is not there."""
        output = self.run(self.adapter.finished_command(job_id))
        try:
            return self.adapter.parse_finished("live", job_id, self.account, output)
        except NotFound:
            return None

    def ended(self, job_id: str) -> Job:
        """The job from accounting as soon as that knows its end, and its name with it."""
        last: list[Job | None] = [None]

        def told() -> bool:
            last[0] = self.accounted(job_id)
            return last[0] is not None and last[0].state.ended and last[0].name != ""

        until(told)
        assert last[0] is not None
        return last[0]

    def becomes(self, job_id: str, state: JobState) -> Job:
        """The job as soon as it is in `state`."""
        until(lambda: self.job(job_id).state is state)
        return self.job(job_id)

    def change(self, command: Callable[[str], Argv], job_id: str) -> None:
        """Cancel, hold, release or requeue."""
        self.adapter.check_change(job_id, self.run(command(job_id)))

    def find(self, token: str) -> tuple[str, ...]:
        """The jobs with the token."""
        return self.adapter.parse_find(token, self.run(self.adapter.find_command(token)))

    def cancel_all(self) -> None:
        """End everything of this user and wait until it has ended."""
        self.run(("scancel", "-u", self.account.user))
        until(lambda: all(job.state.ended for job in self.jobs().jobs))
