"""A real Session over a cluster in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from podtui.config.model import Config
from podtui.paths import Paths
from podtui.services.session import Session
from tests.services.fake_backend import NOW, FakeBackend, config
from tests.story.pod import NobodyToAsk


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "config" / "config.toml", tmp_path / "state", tmp_path)


@pytest.fixture
def backend(tmp_path: Path) -> FakeBackend:
    root = tmp_path / "cluster"
    root.mkdir()
    return FakeBackend(root=root)


@pytest.fixture
async def session(paths: Paths, backend: FakeBackend) -> AsyncIterator[Session]:
    async with Session(
        Config(clusters=(config(),)),
        paths,
        NobodyToAsk(),
        clock=lambda: NOW,
        opener=lambda _: backend,  # type: ignore[arg-type,return-value]
    ) as opened:
        yield opened
