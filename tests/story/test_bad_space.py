"""No space, here or there: refused before the first byte, or taken back whole; then mended."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from podtui.domain.node import NodeSpec
from podtui.domain.transfer import TransferState
from podtui.errors import NoSpace
from tests.story.bad import SECONDS, UP, check_told, files_below, move, until
from tests.story.pod import Pod, environment, running_pod, session

MEGA = 1_000_000
OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def mounts_allowed() -> bool:
    """Whether this system lets a process mount a tmpfs in a namespace of its own."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(
        [*OWN_MOUNTS, "mount -t tmpfs none /mnt"], capture_output=True, check=False
    )
    return tried.returncode == 0


async def test_a_quota_that_is_full(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(os.urandom(14 * MEGA))
    (tmp_path / "big").write_bytes(b"x" * 30 * MEGA)
    async with running_pod(tmp_path / "pod") as pod, session(pod.config) as podtui:
        await podtui.clusters.connect("pod")
        nodes = podtui.clusters.link("pod").backend.nodes
        await nodes.create_account()
        await nodes.create_volume(1)
        filler = pod.home() / "filler"
        filler.touch()
        os.truncate(filler, (1 << 30) - 20 * MEGA)
        assert [step async for step in podtui.nodes.provision("pod", NodeSpec())]

        with pytest.raises(NoSpace) as caught:
            await podtui.transfers.carry(move(UP, tmp_path / "big", "~/new/big"))
        check_told(caught.value, "No space left", pod)
        assert files_below(pod.home()) == ["filler"]

        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
            queue = group.create_task(podtui.transfers.run())
            for name in "ab":
                podtui.transfers.add("pod", UP, str(tmp_path / name), f"~/{name}")
            queued = podtui.transfers
            await until(queued.news, lambda: all(t.state.ended for t in queued.transfers[1:]))
            failed = [t for t in queued.transfers[1:] if t.state is TransferState.FAILED]
            assert failed, "both fitted"
            assert all(t.error.startswith("No space left: ") and t.hint for t in failed)
            done = sorted({"a", "b"} - {t.remote.removeprefix("~/") for t in failed})
            assert files_below(pod.home()) == [*done, "filler"]
            await podtui.files.remove("pod", "~/filler")
            for one in failed:
                queued.retry(one.id)
            await until(queued.news, lambda: all(t.state.ended for t in queued.transfers[1:]))
            queue.cancel()
        for name in "ab":
            assert (pod.home() / name).read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("story", ["downloads", "folder", "journal", "midway"])
async def test_a_disk_of_ours_that_is_full(pod: Pod, tmp_path: Path, story: str) -> None:
    if not mounts_allowed():
        pytest.skip("this system lets nobody mount a tmpfs in a namespace of their own")
    for name, size in (("a", 14), ("b", 14), ("big", 30)):
        (pod.home() / name).write_bytes(os.urandom(size * MEGA))
    (pod.home() / "set").mkdir()
    for number in range(8):
        (pod.home() / "set" / str(number)).write_bytes(os.urandom(3 * MEGA // 2))
    disk = tmp_path / "disk"
    disk.mkdir()
    process = await asyncio.create_subprocess_exec(
        *OWN_MOUNTS,
        'mount -t tmpfs -o size=24m none "$1" && exec "$0" -m "$4" "$2" "$3" "$1"',
        sys.executable,
        str(disk),
        story,
        str(pod.config),
        "tests.story.small_disk",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(),
    )
    async with asyncio.timeout(SECONDS):
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    if story == "midway":
        assert len((pod.home() / "midway" / "ran").read_text().splitlines()) == 1
