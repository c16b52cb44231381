"""The emulator gives the answers that were recorded from the real service."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.emulators.kotta.cloud import Cloud
from tests.emulators.kotta.service import Service
from tests.emulators.kotta.transcripts import Transcript, names, transcript

# What was done before a transcript was recorded; "run" runs the job that has waited longest.
BEFORE = {
    "status_early": ["submit"],
    "status_done": ["submit", "run"],
    "status_failed": ["submit_fail", "run"],
    "status_inputs": ["upload", "put", "submit_inputs", "run"],
    "status_processing": ["submit_long", "start"],
    "cancel_session": ["submit_long", "start"],
    "status_cancelled": ["submit_long", "start", "cancel_session"],
    "status_cancelled2": ["submit_long", "start", "cancel_session", "end"],
    "list": ["submit", "submit_fail", "submit_refresh", "run", "run", "run", "submit_badqueue"],
}
VOLATILE = [
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "TIME"),
    (re.compile(r"Signature=[\w%+.-]+&Expires=\d+"), "SIGNED"),
    (re.compile(r"https?://[^/]+/"), "SERVER/"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"), "ID"),
]


class Replay:
    """Sends what was recorded to the emulator; ids of the recording become those of today."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        transport = httpx.ASGITransport(app=Service(cloud))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:18888")
        self.ids: dict[str, str] = {}
        self.running: asyncio.Task[object] | None = None

    async def send(self, name: str) -> httpx.Response:
        recorded = transcript(name)
        path = recorded.path
        for old, new in self.ids.items():
            path = path.replace(old, new)
        quick = (
            {"script": recorded.form["script"].replace("; sleep 3", "")}
            if (recorded.form and "script" in recorded.form)
            else {}
        )
        answer = await self.client.send(recorded.request(self.client, path, **quick))
        if "job_id" in recorded.body and name.startswith("submit"):
            self.ids[json.loads(recorded.body)["job_id"]] = answer.json()["job_id"]
        return answer

    async def do(self, step: str) -> None:
        if step == "run":
            await self.cloud.run_next()
        elif step == "start":
            self.cloud.worker_looks.clear()
            self.running = asyncio.create_task(self.cloud.run_next())
            (job,) = self.cloud.jobs.values()
            while job.facts["status"] != "processing":
                await asyncio.sleep(0)
        elif step == "end":
            assert self.running is not None
            self.cloud.worker_looks.set()
            await self.running
        elif step == "put":
            path = "klab-jobs/uploads/amzn1.account.U1/python/pkl/data.txt"
            self.cloud.store.kept[path] = b"lower case\n"
        else:
            await self.send(step)

    async def close(self) -> None:
        if self.running is not None and not self.running.done():
            self.running.cancel()
            await asyncio.wait([self.running])
        await self.client.aclose()


@pytest.fixture
async def replay() -> AsyncIterator[Replay]:
    made = Replay(Cloud("http://127.0.0.1:18301"))
    yield made
    await made.close()


@pytest.mark.parametrize("name", names())
async def test_every_recorded_answer_is_given_again(replay: Replay, name: str) -> None:
    for step in BEFORE.get(name, []):
        await replay.do(step)
    if name == "cancel_web":  # recorded without a session
        replay.client.cookies.clear()
    answer = await replay.send(name)
    recorded = transcript(name)
    assert answer.status_code == recorded.status
    for header in ("content-type", "allow"):
        assert answer.headers.get(header) == recorded.headers.get(header), header
    assert ("set-cookie" in answer.headers) == ("set-cookie" in recorded.headers)
    assert _even(answer.headers.get("location")) == _even(recorded.headers.get("location"))
    assert _body(answer.text) == _body(recorded.body)


def test_there_is_a_transcript_for_every_call() -> None:
    calls = {_call(transcript(name)) for name in names()}
    assert calls >= {
        ("POST", "submit_task"),
        ("GET", "list_tasks"),
        ("GET", "status_task"),
        ("POST", "upload_url"),
        ("GET", "cancel"),
    }


def _call(recorded: Transcript) -> tuple[str, str]:
    parts = recorded.path.removeprefix("/rest/v1").split("/")
    return recorded.method, parts[1]


def _body(text: str) -> Any:
    """JSON with its order and what differs by nature taken out; of a page its first half."""
    if not text.startswith("{"):
        page = text.partition("caused an error")[0]
        return [line.strip() for line in _even(page).splitlines() if line.strip()]
    told = json.loads(text)
    items = told.pop("items", {})
    flat = sorted(json.dumps(_plain(item), sort_keys=True) for item in items.values())
    return _plain(told), flat


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, float):
        return "SECONDS"
    return _even(value) if isinstance(value, str) else value


def _even(text: str | None) -> str | None:
    for pattern, word in VOLATILE:
        text = pattern.sub(word, text) if text else text
    return text
