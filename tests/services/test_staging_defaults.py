"""What a cluster's configuration says of staging holds where a submission says nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from podtui.config.model import Config
from podtui.domain.job import ScriptDialect
from podtui.domain.staging import StagedJob
from podtui.paths import Paths
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.services.fake_backend import FakeBackend, config
from tests.story.pod import NobodyToAsk


async def _submitted(
    backend: FakeBackend, paths: Paths, folder: Path, text: str = "echo\n", **staging: Any
) -> StagedJob:
    script = folder / "run.sub"
    script.write_text(f"#!/bin/bash\n{text}")
    async with Session(
        Config(clusters=(config(**staging),)),
        paths,
        NobodyToAsk(),
        opener=lambda _: backend,  # type: ignore[arg-type,return-value]
    ) as session:
        await session.clusters.connect("pod")
        return await session.staging.submit(SubmitRequest("pod", script))


@pytest.mark.parametrize("sched", [ScriptDialect.TORQUE, ScriptDialect.SGE])
async def test_the_scheduler_that_is_set_reads_a_script_without_directives(
    backend: FakeBackend, paths: Paths, tmp_path: Path, sched: ScriptDialect
) -> None:
    assert (await _submitted(backend, paths, tmp_path, sched=sched)).dialect is sched


@pytest.mark.parametrize("algo", ["md5", "sha512"])
async def test_the_hash_that_is_set_is_used(
    backend: FakeBackend, paths: Paths, tmp_path: Path, algo: str
) -> None:
    assert (await _submitted(backend, paths, tmp_path, hash_algo=algo)).hash_algo == algo


@pytest.mark.parametrize("overwrite", [True, False])
async def test_whether_to_replace_is_as_set(
    backend: FakeBackend, paths: Paths, tmp_path: Path, *, overwrite: bool
) -> None:
    assert (await _submitted(backend, paths, tmp_path, overwrite=overwrite)).overwrite is overwrite
