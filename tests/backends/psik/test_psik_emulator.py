"""The emulator of `/v2` answers in the shapes the real 2.0.1 was recorded with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.backends.psik.recorded import recording
from tests.emulators.psik2.service import Psik2

SCRIPT = "#!/bin/sh\necho out; mkdir sub; echo result > out.txt; echo deep > sub/deep.txt\n"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[tuple[Psik2, httpx.AsyncClient]]:
    async with (
        Psik2(tmp_path).running() as emulator,
        httpx.AsyncClient(base_url=f"{emulator.url}/v2/") as client,
    ):
        yield emulator, client


def shape(value: Any) -> Any:
    """The keys and types of a JSON answer."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in sorted(value.items())}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


async def test_answers_have_the_recorded_shapes(
    service: tuple[Psik2, httpx.AsyncClient],
) -> None:
    emulator, client = service
    job_id = (await client.post("jobs", json={"name": "hello", "script": SCRIPT})).json()
    async with asyncio.timeout(30):
        while emulator.jobs[job_id].state != "completed":
            await asyncio.sleep(0.01)
    job = f"jobs/{job_id}"
    same = {
        job: "job",
        f"{job}/state": "job_state",
        "jobs": "list",
        "backends": "backends",
        f"{job}/files": "job_files",
        f"{job}/files/sub": "job_files_sub",
        f"{job}/files/nope": "job_files_nope",
    }
    for path, name in same.items():
        answer, told = await client.get(path), recording(f"v2/{name}")
        assert (answer.status_code, shape(answer.json())) == (told.status, shape(told.json)), path
    for path, name in {"out.txt": "out.txt", "sub/deep.txt": "sub_deep.txt"}.items():
        answer, told = await client.get(f"{job}/files/{path}"), recording(f"v2/job_files_{name}")
        assert answer.content == told.body
        for header in ("content-type", "content-disposition", "accept-ranges"):
            assert answer.headers[header] == told.headers[header]
    logs = (await client.get(f"{job}/logs")).json()
    assert set(logs) <= set(recording("v2/job_logs").json)
    assert "run" in (await client.get(f"{job}/scripts")).json()


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ({"script": "true", "backend": {"type": "local"}}, "backend_obj"),
        ({"script": "true", "backend": "zz"}, "unk_backend"),
    ],
)
async def test_refusals_are_the_recorded_ones(
    service: tuple[Psik2, httpx.AsyncClient], spec: dict[str, Any], name: str
) -> None:
    answer, told = await service[1].post("jobs", json=spec), recording(f"v2/{name}")
    assert answer.status_code == told.status
    assert answer.headers["content-type"] == told.headers["content-type"]
    if told.status == 422:
        assert answer.json()["detail"][0]["loc"] == told.json["detail"][0]["loc"]
