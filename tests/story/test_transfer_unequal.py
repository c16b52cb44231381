"""Servers that lack things: no commands, one session, no extensions, small packets; all arrives."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from podtui.domain.transfer import Conflict, Direction, Links, Rules, Transfer, Transport
from podtui.errors import NotOffered, Unreachable
from podtui.services.session import Session
from tests.story.cutter import Cutter, Fate
from tests.story.own_sshd import own_sshd
from tests.story.pod import session

BIG = 4_000_000
POOR = "posix-rename,fsync,statvfs,limits,lsetstat,copy-data,expand-path"
SERVERS = {
    "no commands": ("ForceCommand internal-sftp",),
    "one session": ("MaxSessions 1",),
    "no extensions, small packets": (f"Subsystem sftp internal-sftp -P {POOR}",),
    "no times": ("Subsystem sftp internal-sftp -P setstat",),
    "nothing at all": (
        f"Subsystem sftp internal-sftp -P {POOR}",
        f"ForceCommand internal-sftp -P {POOR}",
        "MaxSessions 1",
    ),
    "everything": (),
}


@dataclass
class Far:
    """A poor server, podtui before it, and the line between them."""

    podtui: Session
    near: Path
    far: Path
    lives: list[Fate]
    cutter: Cutter

    async def carry(self, direction: Direction, *names: str, rules: Rules) -> Transfer:
        """From `names[0]` on one side to `names[1]` on the other."""
        here, there = names if direction is Direction.UPLOAD else names[::-1]
        local, other = str(self.near / here), ""
        if direction is Direction.COPY:
            local, other = str(self.far / here), "far"
        transfer = Transfer(
            os.urandom(4).hex(), "far", direction, local, str(self.far / there), other=other,
            exact=True, rules=rules,
        )  # fmt: skip
        return await self.podtui.transfers.carry(transfer)


@pytest.fixture(params=SERVERS)
async def far(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Far]:
    async with poor_server(tmp_path, SERVERS[request.param]) as far:
        yield far


@asynccontextmanager
async def poor_server(folder: Path, lines: tuple[str, ...]) -> AsyncIterator[Far]:
    lives: list[Fate] = []
    for name in ("near", "far"):
        (folder / name).mkdir()
    async with own_sshd(folder / "sshd", *lines) as sshd:
        cutter = Cutter(sshd.port, lambda: lives.pop() if lives else None)
        async with cutter.running(), session(sshd.config(folder, cutter.port)) as podtui:
            yield Far(podtui, folder / "near", folder / "far", lives, cutter)


def fill(folder: Path) -> dict[str, bytes]:
    """Large, small, empty, oddly named, and links to them."""
    files = {"big": os.urandom(BIG), "empty": b"", "d/\udcff\n'": b"odd", "d/e/deep": b"deep"}
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "none here").mkdir(exist_ok=True)
    (folder / "link").symlink_to("d/e/deep")
    return files


def check(folder: Path, files: dict[str, bytes]) -> None:
    assert {name: (folder / name).read_bytes() for name in files} == files
    assert str((folder / "link").readlink()) == "d/e/deep"
    assert (folder / "none here").is_dir()
    assert list(folder.parent.rglob("*.part")) == []


async def test_all_arrives_both_ways_and_across_and_again(far: Far) -> None:
    """The second time over what is there: replaced, where the server has no such rename, too."""
    rules = Rules(links=Links.KEEP)
    for _ in range(2):
        files = fill(far.near / "set")
        await far.carry(Direction.UPLOAD, "set", "up", rules=rules)
        check(far.far / "up", files)
        await far.carry(Direction.DOWNLOAD, "up", "back", rules=rules)
        check(far.near / "back", files)
        await far.carry(Direction.COPY, "up", "across", rules=rules)
        check(far.far / "across", files)
        (far.near / "set" / "link").unlink()
    same = Rules(Conflict.DIFFERS, Links.SKIP)
    assert (await far.carry(Direction.UPLOAD, "set", "up", rules=same)).skipped == len(files)


@pytest.mark.parametrize("direction", list(Direction))
async def test_a_cut_file_is_taken_up(far: Far, direction: Direction) -> None:
    data = os.urandom(BIG)
    side = {Direction.UPLOAD: (far.near, far.far), Direction.DOWNLOAD: (far.far, far.near)}
    source, target = side.get(direction, (far.far, far.far))
    (source / "from").write_bytes(data)
    lives = 6_000_000 if direction is Direction.COPY else 3_000_000  # it passes the line twice
    far.lives.append(Fate(lives, rate=10_000_000))  # slow, so that what passed is also written
    with pytest.raises(Unreachable):
        await far.carry(direction, "from", "to", rules=Rules())
    assert not (target / "to").exists()
    there = (target / "to.podtui.part").stat().st_size
    done = await far.carry(direction, "from", "to", rules=Rules())
    assert (target / "to").read_bytes() == data
    assert done.resumed >= there > 100_000
    assert done.bytes_done == done.bytes_total == BIG
    assert far.cutter.cuts == 1


async def test_bundles_that_are_demanded_and_not_there_are_told(tmp_path: Path) -> None:
    async with poor_server(tmp_path, ("ForceCommand internal-sftp",)) as far:
        fill(far.near / "set")
        with pytest.raises(NotOffered, match="GNU tar"):
            await far.carry(Direction.UPLOAD, "set", "up", rules=Rules(transport=Transport.TAR))
        assert list(far.far.iterdir()) == [] or [p.name for p in far.far.iterdir()] == [
            "up.podtui.part"
        ]
