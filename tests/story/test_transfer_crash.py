"""Killed 200 times at random moments, and started again: every file arrives, whole, and once.

What counts as sent again: bytes that lay at their place when the process died, and that the next
one did not take up. The seed is printed; PODTUI_CRASH_SEED repeats it as far as timing can be.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path
from typing import Any

import pytest

from tests.story.nursery import FILES_A_BUNDLE
from tests.story.own_sshd import own_sshd
from tests.story.pod import environment

pytestmark = pytest.mark.alone

KILLS = int(os.environ.get("PODTUI_CRASH_KILLS", "200"))
AT_ONCE = 3
BIG = 24_000_000
SIZE = 4_000
FILES = {"many": 600, "many there": 600, "one by one": 60}
MOST_KILLS = 6  # of one journey, so that every kind gets its share
LIFE = 60.0  # seconds a process may take at most
LONGEST = {"big": 0.3, "many": 0.3, "many there": 0.3, "one by one": 0.6}
BUNDLES = 4 * FILES_A_BUNDLE * SIZE
IN_FLIGHT = {"big": 0, "many": BUNDLES, "many there": BUNDLES, "one by one": 16 * SIZE}
"""Bytes at their place that nobody may know of yet: four lanes, and 0.2 s of small files."""


@dataclass
class Run:
    """What one process told of itself."""

    pid: int
    number: int
    lines: asyncio.StreamReader
    line: asyncio.StreamWriter
    resumed: int = 0
    moving: bool = False
    state: str = ""
    error: str = ""

    async def until(self, what: str) -> None:
        """Wait until it tells `what`, or ends."""
        while line := await self.lines.readline():
            if self._note(json.loads(line)).get(what):
                return

    async def end(self) -> None:
        """Read on until it is gone."""
        while line := await self.lines.readline():
            if line.endswith(b"\n"):
                self._note(json.loads(line))
        self.line.close()

    def _note(self, told: dict[str, Any]) -> dict[str, Any]:
        self.resumed = told.get("resumed", self.resumed)
        self.moving = self.moving or told.get("moving", False)
        self.state = told.get("state", self.state)
        self.error = told.get("error", self.error) or told.get("note", "")
        return told


class Nursery:
    """Starts processes and hears from them."""

    def __init__(self, stdin: asyncio.StreamWriter) -> None:
        self._stdin = stdin
        self._numbers = count()
        self._born: dict[int, asyncio.Future[Run]] = {}

    async def heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = json.loads(await reader.readline())
        run = Run(first["pid"], first["number"], reader, writer)
        self._born.pop(run.number).set_result(run)

    async def start(self, errand: dict[str, str]) -> Run:
        number = next(self._numbers)
        born: asyncio.Future[Run] = asyncio.get_running_loop().create_future()
        self._born[number] = born
        self._stdin.write(json.dumps({**errand, "number": number}).encode() + b"\n")
        return await born


@asynccontextmanager
async def nursery(folder: Path) -> AsyncIterator[Nursery]:
    place = str(folder / "line")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.story.nursery", place),
        stdin=asyncio.subprocess.PIPE,
        env=environment(),
    )
    assert process.stdin is not None
    born = Nursery(process.stdin)
    try:
        async with await asyncio.start_unix_server(born.heard, place):
            yield born
    finally:
        process.stdin.close()
        await process.wait()


@dataclass
class Journey:
    """One errand, however often it is killed."""

    kind: str
    folder: Path
    errand: dict[str, str]
    source: Path
    target: Path
    kills: int = 0
    in_the_middle: int = 0
    sent_again: int = 0
    taken_up: int = 0

    @property
    def size(self) -> int:
        return BIG if self.kind == "big" else FILES[self.kind] * SIZE

    @property
    def waiting(self) -> Path:
        return self.target.with_name(f"{self.target.name}.podtui.part")

    def at_place(self) -> int:
        """Bytes that a later try need not send: a file's beginning, or whole files."""
        if self.kind == "big":
            return self.waiting.stat().st_size if self.waiting.exists() else 0
        root = self.target if self.target.exists() else self.waiting
        return sum(path.stat().st_size for path in files_of(root))

    def check_no_half(self) -> None:
        """What has its final name is whole."""
        if self.kind == "big":
            if self.target.exists():
                assert self.target.read_bytes() == self.source.read_bytes()
            return
        for path in files_of(self.target):
            assert path.read_bytes() == (self.source / path.relative_to(self.target)).read_bytes()

    def check_end(self) -> None:
        """All is there, and nothing else."""
        self.check_no_half()
        if self.kind != "big":
            theirs = sorted(str(p.relative_to(self.source)) for p in self.source.rglob("*"))
            ours = sorted(str(p.relative_to(self.target)) for p in self.target.rglob("*"))
            assert [name for name in ours if name != "was there"] == theirs
        left = [path.name for path in self.target.parent.iterdir() if path != self.target]
        assert left == []


def files_of(root: Path) -> Iterator[Path]:
    """The files below a folder that have their names; none when it is not there."""
    for path in root.rglob("*"):
        hidden = any(part.endswith(".podtui.part") for part in path.relative_to(root).parts)
        scratch = any(part.startswith(".podtui-") for part in path.relative_to(root).parts)
        if not (hidden or scratch or path.name == "was there") and path.is_file():
            yield path


def prepare(folder: Path, kind: str, direction: str, config: Path, data: bytes) -> Journey:
    """A journey of its own folder, its source made of `data` from a random place on."""
    near, far = folder / "near", folder / "far"
    near.mkdir(parents=True)
    far.mkdir()
    source_side, target_side = (near, far) if direction == "upload" else (far, near)
    source, target = source_side / "from", target_side / "to"
    if kind == "big":
        source.write_bytes(data)
    else:
        for number in range(FILES[kind]):
            path = source / f"d{number % 7}" / f"f{number}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data[number * SIZE : (number + 1) * SIZE])
    if kind == "many there":
        target.mkdir()
        (target / "was there").write_bytes(b"mine")
    local, remote = (source, target) if direction == "upload" else (target, source)
    errand = {
        "config": str(config),
        "state": str(folder / "state"),
        "direction": direction,
        "local": f"{local}/." if kind == "many there" and direction == "upload" else str(local),
        "remote": f"{remote}/." if kind == "many there" and direction != "upload" else str(remote),
        "transport": "sftp" if kind == "one by one" else "auto",
    }
    return Journey(kind, folder, errand, source, target)


async def travel(
    journey: Journey, nursery: Nursery, dice: random.Random, left: Iterator[int]
) -> None:
    """Kill it at random moments until it has arrived."""
    async with asyncio.timeout(LIFE * 10):
        while True:
            before = journey.at_place()
            run = await nursery.start(journey.errand)
            doomed = journey.kills < MOST_KILLS and next(left, None) is not None
            if doomed:
                when = dice.choices(["login", "total", "moving"], (1, 2, 7))[0]
                if when != "login":
                    await run.until(when)
                await asyncio.sleep(dice.uniform(0, LONGEST[journey.kind]))
                try:
                    os.kill(run.pid, signal.SIGKILL)
                except ProcessLookupError:
                    doomed = False
            await run.end()
            if run.moving or run.state == "done":
                journey.sent_again += max(0, min(before, journey.size) - run.resumed)
                journey.taken_up += run.resumed
            journey.check_no_half()
            assert run.state != "failed", run.error
            if run.state == "done":
                break
            assert doomed, f"it ended by itself: {run.state} {run.error}"
            journey.kills += 1
            journey.in_the_middle += 0 < journey.at_place() < journey.size
    journey.check_end()


async def test_killed_at_random_moments(tmp_path: Path) -> None:
    seed = int(os.environ.get("PODTUI_CRASH_SEED", "0")) or time.time_ns() % 10**9
    sys.stdout.write(f"seed {seed}\n")
    dice = random.Random(seed)
    data = dice.randbytes(BIG)
    kinds = cycle([(k, d) for k in LONGEST for d in ("upload", "download")])
    left: Iterator[int] = iter(())
    journeys: list[Journey] = []
    slots = asyncio.Semaphore(AT_ONCE)
    async with own_sshd(tmp_path / "sshd") as sshd, nursery(tmp_path) as born:
        config = sshd.config(tmp_path)

        async def one(number: int, kind: str, direction: str) -> None:
            async with slots:
                folder = tmp_path / f"j{number}"
                journey = await asyncio.to_thread(prepare, folder, kind, direction, config, data)
                journeys.append(journey)
                await travel(journey, born, dice, left)

        numbers = count()
        while sum(journey.kills for journey in journeys) < KILLS:
            left_kills = KILLS - sum(journey.kills for journey in journeys)
            left = iter(range(left_kills))
            async with asyncio.TaskGroup() as group:
                for _ in range(max(1, min(16, left_kills // 4))):
                    group.create_task(one(next(numbers), *next(kinds)))
    report(journeys)
    assert sum(journey.in_the_middle for journey in journeys) > KILLS // 5


def report(journeys: list[Journey]) -> None:
    """Hold the bytes sent again to their bound, kind by kind."""
    for kind in LONGEST:
        mine = [journey for journey in journeys if journey.kind == kind]
        kills = sum(journey.kills for journey in mine)
        again, size = sum(j.sent_again for j in mine), sum(j.size for j in mine)
        middle, taken = sum(j.in_the_middle for j in mine), sum(j.taken_up for j in mine)
        sys.stdout.write(
            f"{kind}: {len(mine)} journeys, {kills} kills, {middle} of them in the middle; of "
            f"{size:,} bytes {taken:,} were taken up and {again:,} sent again\n"
        )
        assert again <= 0.1 * size + kills * IN_FLIGHT[kind]
