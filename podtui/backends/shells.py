"""What a scheduler may offer beside `Jobs`: a shell where a job runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from podtui.domain.job import Job


@runtime_checkable
class JobShells(Protocol):
    """A scheduler with a command that opens a shell beside a running job."""

    def shell_command(self, job: Job) -> Sequence[str]:
        """The command, to be run on the login node with a terminal; NotOffered without a place."""
        ...
