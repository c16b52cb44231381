"""The testbed's Slurm full of jobs, its commands counted, for one user whose jobs no test ends."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "carol"
AS = str(Path(__file__).parents[1] / "testbed" / "slurm" / "as.sh")
MISSING = "not measured: as root on Debian, `make testbed-up` starts the real Slurm"
_COUNTED = ("squeue", "scontrol", "sacct", "sinfo", "sacctmgr", "sprio", "sstat", "scancel")


def is_up() -> bool:
    """Whether there is a Slurm to ask."""
    return not subprocess.run([AS, USER, "sinfo"], capture_output=True, check=False).returncode


def as_user(*argv: str) -> bytes:
    """What a command of the user's prints."""
    return subprocess.run([AS, USER, *argv], check=True, stdout=subprocess.PIPE).stdout


@contextmanager
def held_tasks(name: str, arrays: int, tasks: int) -> Iterator[list[str]]:
    """The ids of arrays of held tasks, which are gone at the end.

    As many jobs of their own would take minutes to submit.
    """
    ids = []
    try:
        for number in range(arrays):
            job = ("-J", f"{name}-{number}", "-a", f"1-{tasks}", "--wrap", "true")
            ids.append(as_user("sbatch", "--parsable", "--hold", *job).decode().strip())
        yield ids
    finally:
        as_user("scancel", *ids)


class CountedCommands:
    """A folder for the PATH: Slurm's commands, each call a line in a file; squeue takes tasks of
    arrays apart (`-r`), which it would tell as one row while they wait.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._calls = folder / "calls"
        self._calls.touch()
        self._calls.chmod(0o666)
        for name in _COUNTED:
            apart = " -r" if name == "squeue" else ""
            file = folder / name
            file.write_text(
                f'#!/bin/sh\necho {name} >>{self._calls}\nexec /usr/bin/{name}{apart} "$@"\n'
            )
            file.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """The commands called so far."""
        return self._calls.read_text().split()

    @property
    def path(self) -> str:
        """The PATH with them."""
        return f"{self.folder}:/usr/bin:/bin"


@contextmanager
def counted_commands() -> Iterator[CountedCommands]:
    """Commands the user may call."""
    with tempfile.TemporaryDirectory(prefix="podtui-slurm-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield CountedCommands(folder)
