"""Scripts go into the folder that the configuration names, and are submitted from there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from podtui.backends.schedulers.base import Account, Output
from podtui.backends.ssh.queue_jobs import QueueJobs

from .test_ssh_submit_once import SUBMISSION, Here, Quiet


@dataclass
class Home(Here):
    """A home in which further folders can be made."""

    async def resolve(self, path: str) -> str:
        return str(self.folder / path)

    async def script(
        self, text: str, *, timeout: float, folder: str = "", changes: bool = False
    ) -> Output:
        there = Here(Path(folder) if folder else self.folder)
        return await there.script(text, timeout=timeout, changes=changes)

    async def make_folder(self, path: str) -> None:
        Path(path).mkdir(parents=True, exist_ok=True)


@pytest.mark.parametrize("folder", [".podtui/jobs", "scratch/mine"])
async def test_scripts_are_kept_in_the_folder_that_is_set(tmp_path: Path, folder: str) -> None:
    home = Home(tmp_path)
    await QueueJobs("c", Quiet(), Account("me"), home, home, folder).submit(SUBMISSION)
    assert (tmp_path / folder / SUBMISSION.filename).read_bytes() == SUBMISSION.content
    assert (tmp_path / folder / "submitted").exists()  # what was submitted was so from there
    assert {one.name for one in tmp_path.iterdir()} == {folder.partition("/")[0]}
