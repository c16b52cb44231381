"""Transfers over a link that is cut 100 times, at the screen: all arrives, and keys are heard.

How long a key may have to wait is the longest the event loop was busy with one thing. It is
counted in processor time of its thread where that is less than the clock's: what other processes
took from a machine that runs more than one test is not the app's doing.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from podtui.domain.transfer import Direction, Rules, TransferState, Transport
from podtui.services.transfers import TransferService
from tests.story.cutter import Cutter, Fate
from tests.story.own_sshd import own_sshd
from tests.story.person import Typist, at_the_screen
from tests.story.pod import client

pytestmark = pytest.mark.alone

CUTS = int(os.environ.get("PODTUI_LINK_CUTS", "100"))
KEY_SECONDS = 0.1
TICK = 0.005
BIG = 6_000_000
FILES, SIZE = 40, 20_000
LONGEST = 600.0


@dataclass
class Lag:
    """The longest waits of something that was due on the event loop, in seconds."""

    waits: list[float] = field(default_factory=list)


@asynccontextmanager
async def lag() -> AsyncIterator[Lag]:
    """Measure while the block lasts."""
    seen = Lag()
    loop = asyncio.get_running_loop()
    due, used = loop.time() + TICK, time.thread_time()
    handle: asyncio.TimerHandle

    def tick() -> None:
        nonlocal due, used, handle
        seen.waits.append(min(loop.time() - due, time.thread_time() - used))
        due, used = loop.time() + TICK, time.thread_time()
        handle = loop.call_at(due, tick)

    handle = loop.call_at(due, tick)
    try:
        yield seen
    finally:
        handle.cancel()


def fates(dice: random.Random, cutter: list[Cutter]) -> Fate:
    """Mostly a cut; now and then a line that goes silent, and lines that are slow or far away."""
    made = cutter[0]
    if made.cuts + made.stalls >= CUTS:
        return Fate()
    lives = dice.randrange(100_000, 900_000)
    chance = dice.random()
    if chance < 0.06:
        return Fate(lives, stalls=True)
    if chance < 0.16:
        return Fate(lives // 4, delay=0.01)
    if chance < 0.26:
        return Fate(lives // 2, rate=2_000_000)
    return Fate(lives)


def begin(transfers: TransferService, folder: Path, number: int, data: bytes) -> list[Path]:
    """A file up, a file down, a folder up: their targets, each beside its source `x.from`."""
    near, far = folder / f"near{number}", folder / f"far{number}"
    near.mkdir()
    far.mkdir()
    (near / "up.from").write_bytes(data)
    (far / "down.from").write_bytes(data)
    for index in range(FILES):
        path = near / "set.from" / f"d{index % 3}" / f"f{index}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data[index * SIZE : (index + 1) * SIZE])
    up, down = Direction.UPLOAD, Direction.DOWNLOAD
    sftp = Rules(transport=Transport.SFTP if number % 2 else Transport.AUTO)
    transfers.add("far", up, str(near / "up.from"), str(far / "up"))
    transfers.add("far", down, str(near / "down"), str(far / "down.from"))
    transfers.add("far", up, str(near / "set.from"), str(far / "set"), rules=sftp)
    return [far / "up", near / "down", far / "set"]


def check(target: Path) -> None:
    """It is what it was made from."""
    side = {"near": "far", "far": "near"}
    kind = target.parent.name.rstrip("0123456789")
    other = target.parent.with_name(target.parent.name.replace(kind, side[kind]))
    source = other / f"{target.name}.from"
    if target.is_file():
        assert target.read_bytes() == source.read_bytes()
        return
    theirs = {p.relative_to(source): p.read_bytes() for p in source.rglob("*") if p.is_file()}
    ours = {p.relative_to(target): p.read_bytes() for p in target.rglob("*") if p.is_file()}
    assert ours == theirs


async def test_a_hundred_cuts_and_every_key_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(os.environ.get("PODTUI_LINK_SEED", "0")) or time.time_ns() % 10**9
    sys.stdout.write(f"seed {seed}\n")
    dice = random.Random(seed)
    data = dice.randbytes(BIG)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr("podtui.services.transfers._PAUSES", (0.02,))
    monkeypatch.setattr("podtui.backends.ssh.login._KEEPALIVE_SECONDS", 0.5)
    made: list[Cutter] = []
    targets: list[Path] = []
    async with asyncio.timeout(LONGEST), own_sshd(tmp_path / "sshd") as sshd:
        made.append(Cutter(sshd.port, lambda: fates(dice, made)))
        async with made[0].running() as cutter:
            config, paths = client(sshd.config(tmp_path, cutter.port))
            async with at_the_screen(Typist, config, paths) as person, lag() as seen:
                await person.waits(lambda: person.app._session, "the session")
                transfers, rounds = person.app.session.transfers, 0
                while True:
                    if all(one.state.ended for one in transfers.transfers):
                        states = {(one.state, one.error) for one in transfers.transfers}
                        assert states <= {(TransferState.DONE, "")}
                        await transfers.clear_ended()
                        if cutter.cuts + cutter.stalls >= CUTS:
                            break
                        targets += begin(transfers, tmp_path, rounds, data)
                        rounds += 1
                    await person.pilot.press("down")
    for target in targets:
        check(target)
    left = [path for path in tmp_path.rglob("*.part") if "sshd" not in path.parts]
    assert left == []
    waits = sorted(seen.waits)
    half, longest = waits[len(waits) // 2] * 1000, waits[-1] * 1000
    sys.stdout.write(
        f"{cutter.cuts} cuts and {cutter.stalls} stalls in {rounds} rounds; of {len(waits):,} "
        f"waits half under {half:.1f} ms, the longest {longest:.1f} ms\n"
    )
    assert waits[-1] < KEY_SECONDS
