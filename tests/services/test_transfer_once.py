"""A transfer that a staged job carries out is not taken up by the queue as well."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from podtui.domain.transfer import Direction, Transfer, TransferState
from podtui.services.session import Session
from tests.services.fake_backend import FakeBackend


async def test_what_another_carries_is_not_begun_by_the_queue(
    session: Session, backend: FakeBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.dat").write_bytes(b"x" * 1000)
    upload, begun = backend.files.upload, []

    async def counted(source: Path, *rest: Any) -> str:
        begun.append(source)
        return await upload(source, *rest)

    monkeypatch.setattr(backend.files, "upload", counted)
    transfer = Transfer("t", "pod", Direction.UPLOAD, str(tmp_path / "in.dat"), "~/", job="token")
    async with asyncio.TaskGroup() as group:
        queue = group.create_task(session.transfers.run())
        carried = group.create_task(session.transfers.carry(transfer))
        assert (await carried).state is TransferState.DONE
        added = session.transfers.add("pod", Direction.UPLOAD, str(tmp_path / "in.dat"), "~/more/")
        while not session.transfers.transfers[-1].state.ended:
            await session.transfers.news.after(session.transfers.news.count)
        queue.cancel()
    assert session.transfers.transfers[-1].id == added.id
    assert len(begun) == 2
