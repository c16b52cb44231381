"""Two hundred submits to the real Slurm over a link that is cut at any byte: two hundred jobs."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from podtui.domain.script import find_token
from podtui.errors import OutcomeUnknown, Unreachable
from podtui.services import staging
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.story.cutter import Cutter
from tests.story.pod import session
from tests.story.ssh_bed import PORT, SLURM, Person

JOBS = 200
AT_ONCE = 4
USER = "carol"  # no other test ends her jobs
FEWEST, MOST = 4_000, 40_000
"""Bytes a connection lives: the least cuts a login short, a submit takes about 6,000 more."""
PATIENCE = 90.0  # seconds
AS = Path(__file__).parents[1] / "testbed" / "slurm" / "as.sh"

pytestmark = [pytest.mark.alone, pytest.mark.skipif(bool(SLURM.why_not), reason=SLURM.why_not)]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_RETRY_PAUSES", (0.05,))


@pytest.fixture
def name() -> Iterator[str]:
    """What the jobs of this run are called; they end with it."""
    chosen = f"cut-{secrets.token_hex(4)}"
    yield chosen
    told("scancel", "-u", USER, "-n", chosen)


def told(*argv: str) -> list[str]:
    """The lines Slurm's own command prints for the user, no podtui between."""
    done = subprocess.run([AS, USER, *argv], check=True, capture_output=True, timeout=60)
    return done.stdout.decode().splitlines()


def tokens(*argv: str) -> list[tuple[str, str]]:
    """The token each job carries, by the ids, as a command of Slurm's tells them."""
    lines = [line.split(" ", 1) for line in told(*argv)]
    return sorted((find_token(comment), job_id) for job_id, comment in lines)


async def submit_all(person: Person, name: str) -> None:
    """Several at once; one whose answer is lost is the journal's from then on."""
    todo = iter(range(JOBS))
    text = SLURM.script("true", f"-J {name}", "-t 1")

    async def lane(number: int) -> None:
        request = person.request(text, hold=True, name=f"cut{number}.sh")
        for _ in todo:
            rows = in_journal(request)
            while in_journal(request) == rows:  # cut before it was written down: once more
                with suppress(Unreachable, OutcomeUnknown):
                    await person.podtui.staging.submit(request)
            await all_sent(person.podtui, but=AT_ONCE)

    def in_journal(request: SubmitRequest) -> int:
        name = request.script.name
        return sum(row.filename == name for row in person.podtui.staging.jobs)

    async with asyncio.TaskGroup() as group:
        for number in range(AT_ONCE):
            group.create_task(lane(number))


async def all_sent(podtui: Session, but: int = 0) -> None:
    """Until the rows of the journal have their jobs, all `but` a few."""
    while sum(not (job.job_id or job.phase.ended) for job in podtui.staging.jobs) > but:
        await podtui.news.after(podtui.news.count)


@asynccontextmanager
async def carrying(podtui: Session) -> AsyncIterator[None]:
    """The journal's unfinished jobs are taken on meanwhile."""
    carry = asyncio.ensure_future(podtui.staging.carry())
    try:
        yield
    finally:
        carry.cancel()
        await asyncio.wait([carry])


async def test_each_job_exists_exactly_once(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("PODTUI_CUT_SEED") or secrets.randbelow(1 << 32))
    with capsys.disabled():
        print(f"\nthe link is cut by PODTUI_CUT_SEED={seed}")  # noqa: T201 - to repeat a failure
    chance = random.Random(seed)
    cutter = Cutter(PORT, lambda: chance.randrange(FEWEST, MOST))
    async with cutter.running():
        config = SLURM.config(tmp_path, USER, cutter.port)
        async with session(config) as podtui:
            async with asyncio.timeout(PATIENCE), carrying(podtui):
                await submit_all(Person(SLURM, podtui, tmp_path), name)
                await all_sent(podtui)
            journal = {row.token: row.job_id for row in await podtui.journal.all()}
    assert cutter.cuts > JOBS // 20
    assert len(journal) == JOBS
    assert tokens("squeue", "-h", "-n", name, "-o", "%i %k") == sorted(journal.items())
    told("scancel", "-u", USER, "-n", name)
    ids = ",".join(journal.values())
    ended = ("sacct", "-n", "-X", "-P", "--delimiter= ", "-j", ids, "-o", "JobID,Comment")
    async with asyncio.timeout(PATIENCE):
        while tokens(*ended) != sorted(journal.items()):  # told to accounting in its own time
            await asyncio.sleep(0.2)
