"""Jobs of a scheduler behind a shell: what is asked, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from podtui.backends.schedulers.base import Account, Output, Scheduler
from podtui.backends.schedulers.openpbs import OpenPbs
from podtui.backends.schedulers.sge import GridEngine
from podtui.backends.schedulers.slurm import Slurm
from podtui.backends.schedulers.torque import Torque
from podtui.backends.ssh.queue_jobs import QueueJobs
from podtui.errors import NotFound

from .test_ssh_submit_once import Here


@dataclass
class Forgetful(Here):
    """A shell whose scheduler knows no job."""

    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def run(
        self, argv: Sequence[str], *, timeout: float, folder: str = "", changes: bool = False
    ) -> Output:
        self.asked.append(tuple(argv))
        if "scontrol" in argv:
            return Output(1, b"", b"slurm_load_jobs error: Invalid job id specified")
        if "sacct" in argv:
            return Output(0, b"")
        if "qacct" in argv:
            return Output(1, b"", b"error: job id 9 not found")
        if "qstat -j" in " ".join(argv):
            return Output(1, b"<unknown_jobs><>")
        return Output(153, b"", b"qstat: Unknown Job Id 9.h")


@pytest.mark.parametrize(
    ("scheduler", "questions"), [(Slurm(), 2), (GridEngine(), 2), (Torque(), 1), (OpenPbs(), 1)]
)
async def test_accounting_is_asked_where_it_is_not_the_queue_itself(
    scheduler: Scheduler, questions: int, tmp_path: Path
) -> None:
    shell = Forgetful(tmp_path)
    with pytest.raises(NotFound):
        await QueueJobs("c", scheduler, Account("me"), shell, shell, "jobs").job("9")
    assert len(shell.asked) == questions
