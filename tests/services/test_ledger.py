"""What must survive a crash of transfers is on disk, in order, and read as it was written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from podtui.domain.transfer import (
    Conflict,
    Direction,
    Links,
    Rules,
    Transfer,
    TransferState,
    Transport,
)
from podtui.errors import ConfigError
from podtui.services.journal import JournalUnwritable
from podtui.services.ledger import Ledger, Mark, Source

RULES = Rules(Conflict.DIFFERS, Links.KEEP, Transport.TAR, keep=False)
ODD = "/a/\udcff\n[b]"


def one(name: str, **facts: object) -> Transfer:
    return Transfer(name, "pod", Direction.COPY, ODD, ODD, rules=RULES, **facts)  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "transfers.db"


async def test_a_transfer_is_read_as_it_was_written(file: Path) -> None:
    kept = one("t", state=TransferState.PAUSED, other="b", exact=True, bytes_done=5, error="no")
    mark = Mark(ODD, 3, 4, fresh=True, target=ODD, trail="x", whole=True, scratch="t")
    async with Ledger(file) as ledger:
        await ledger.keep(kept, mark)
        assert file.stat().st_mode & 0o777 == 0o600
    async with Ledger(file) as ledger:
        assert await ledger.transfers() == ((kept, mark),)
        await ledger.keep(one("t", state=TransferState.RUNNING, rate=5.0, note="passing"))
        assert await ledger.mark("t") == mark
        ((read, _),) = await ledger.transfers()
        assert (read.state, read.rate, read.note) == (TransferState.RUNNING, 0.0, "")
        assert await ledger.mark("other") == Mark()


async def test_the_queue_keeps_its_order(file: Path) -> None:
    async with Ledger(file) as ledger, Ledger(file) as other:
        for name in "abc":
            await ledger.keep(one(name))
        await ledger.order(("c", "a", "b", "gone"))
        await other.keep(one("d"))
        assert [t.id for t, _ in await ledger.transfers()] == ["c", "a", "b", "d"]
        await other.forget("a")
        assert [t.id for t, _ in await ledger.transfers()] == ["c", "b", "d"]


async def test_a_jobs_transfers_go_together(file: Path) -> None:
    async with Ledger(file) as ledger:
        await ledger.keep(one("a", job="j1"))
        await ledger.keep(one("b", job="j1"))
        await ledger.keep(one("c", job="j2"))
        await ledger.keep(one("d"))
        await ledger.forget_job("j1")
        assert [t.id for t, _ in await ledger.transfers()] == ["c", "d"]


async def test_whose_a_part_is(file: Path) -> None:
    async with Ledger(file) as ledger:
        assert await ledger.part("far:x") is None
        await ledger.begin_part(f"far:{ODD}", Source(ODD, 5, None))
        assert await ledger.part(f"far:{ODD}") == Source(ODD, 5, None)
        await ledger.begin_part("far:x", Source(ODD, 5, 1.25))
        await ledger.begin_part("far:y", Source(ODD, 5, None))
        assert await ledger.part("far:x") == Source(ODD, 5, 1.25)
        assert await ledger.part("far:y") == Source(ODD, 5, None)
        await ledger.end_part("far:x")
        assert await ledger.part("far:x") is None


async def test_what_cannot_be_used_is_told(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("no database")
    with pytest.raises(ConfigError, match="cannot be used"):
        await Ledger(file).__aenter__()
    file.unlink()
    with sqlite3.connect(file) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(ConfigError, match="newer podtui"):
        await Ledger(file).__aenter__()


async def test_a_ledger_that_cannot_be_written_is_told(file: Path) -> None:
    async with Ledger(file) as ledger:
        await ledger.keep(one("a"))
        await ledger._open.execute("PRAGMA query_only = 1")
        with pytest.raises(JournalUnwritable, match=r"transfers\.db cannot be written"):
            await ledger.keep(one("b"))
        await ledger._open.execute("PRAGMA query_only = 0")
        await ledger.keep(one("b"))
