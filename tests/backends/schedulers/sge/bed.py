"""The private Grid Engine of tests/testbed/sge, as its users see it through the adapter."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from podtui.backends.schedulers.base import Account, Argv, Output
from podtui.backends.schedulers.sge import GridEngine
from podtui.domain.job import Job, JobList, Scope, ScriptDialect
from podtui.domain.script import with_token
from podtui.errors import NotFound

TESTBED = Path(__file__).parents[3] / "testbed" / "sge"
PATIENCE = 60.0  # seconds until a state that does not come is a fault


def is_up() -> bool:
    """Whether the testbed answers."""
    try:
        done = subprocess.run(
            [TESTBED / "as.sh", "geuser1", "qstat"], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


class Person:
    """One user of the testbed, who does everything by the adapter's commands and readings."""

    def __init__(self, user: str, environment: tuple[str, ...] = ()) -> None:
        self.adapter = GridEngine("8.1.9")
        self.account = Account(user)
        self.environment = environment

    def run(self, argv: Argv) -> Output:
        """What the command does for this user, in the user's home."""
        whole = [TESTBED / "as.sh", self.account.user, "env", *self.environment, *argv]
        done = subprocess.run(whole, capture_output=True, timeout=60, check=False)
        return Output(done.returncode, done.stdout, done.stderr)

    def put(self, text: str, name: str = "script") -> tuple[str, str]:
        """A script in the user's home, with a token in it: its path and the token."""
        token = uuid4().hex
        home = Path(self.run(("pwd",)).stdout.decode().strip())
        path = home / f"{name}-{token[:8]}.sh"
        path.write_bytes(with_token(text, ScriptDialect.SGE, token))
        path.chmod(0o644)
        return str(path), token

    def submit(self, text: str, *, hold: bool = False, name: str = "script") -> str:
        """Submit a script; the job's number."""
        path, _ = self.put(text, name)
        return self.adapter.parse_submit(self.run(self.adapter.submit_command(path, hold=hold)))

    def jobs(self, scope: Scope | None = None) -> JobList:
        """The list of `scope` (one's own without)."""
        scope = scope or Scope()
        output = self.run(self.adapter.list_command(scope, self.account))
        return self.adapter.parse_list("live", scope, self.account, output)

    def job(self, job_id: str) -> Job:
        """One job that waits or runs."""
        output = self.run(self.adapter.job_command(job_id))
        return self.adapter.parse_job("live", job_id, self.account, output)

    def ended(self, job_id: str) -> Job:
        """The job from accounting, as soon as it is there."""
        found: list[Job] = []

        def told() -> bool:
            output = self.run(self.adapter.finished_command(job_id))
            try:
                job = self.adapter.parse_finished("live", job_id, self.account, output)
            except NotFound:
                return False
            found.append(job)
            return True

        until(told)
        return found[0]

    def change(self, command: Callable[[str], Argv], job_id: str) -> None:
        """Cancel, hold, release or requeue."""
        self.adapter.check_change(job_id, self.run(command(job_id)))

    def find(self, token: str) -> tuple[str, ...]:
        """The jobs with the token."""
        return self.adapter.parse_find(token, self.run(self.adapter.find_command(token)))

    def cancel_all(self) -> None:
        """End everything of this user and wait until it is gone."""
        self.run(("qdel", "-u", self.account.user))
        until(lambda: not self.jobs().jobs)


def until(reached: Callable[[], bool]) -> None:
    """Ask again until a state is reached; it is a fault when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, "the state did not come"
        time.sleep(0.1)
