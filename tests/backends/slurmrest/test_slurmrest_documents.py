"""A long list is read record by record, and says what the JSON says."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from podtui.backends.slurmrest.documents import Garbled, read_json, read_yaml
from podtui.backends.slurmrest.read_jobs import read_job

from .recorded import exchanges

VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=20,
)


@given(some.dictionaries(some.text(), VALUES), some.lists(VALUES), some.sampled_from([None, 1]))
def test_it_says_what_the_json_says(
    rest: dict[str, object], rows: list[object], indent: int | None
) -> None:
    whole = {**rest, "jobs": rows}
    body = json.dumps(whole, indent=indent).encode()
    document = read_json(body, "jobs", lambda record: record)
    assert document.rest == {key: value for key, value in rest.items() if key != "jobs"}
    assert document.rows == [row for row in rows if isinstance(row, dict)]
    assert document.skipped == len(rows) - len(document.rows)


@given(some.integers(min_value=0, max_value=400))
def test_half_an_answer_is_none(length: int) -> None:
    body = json.dumps({"meta": {}, "jobs": [{"job_id": 1}] * 30, "errors": []}).encode()
    with pytest.raises(Garbled):
        read_json(body[:length], "jobs", lambda record: record)


def test_yaml_that_is_none_or_runs_code() -> None:
    for body in (b"- a", b"{", b"!!python/object/apply:os.getcwd []", b"\xff\xfe\x00"):
        with pytest.raises(Garbled):
            read_yaml(body, "jobs", lambda record: record)


async def test_ten_thousand_jobs_leave_the_screen_its_turns() -> None:
    (record,) = exchanges("v0.0.45")["job-running"].json["jobs"]
    one = json.dumps(record).encode()
    body = b'{"errors": [], "jobs": [' + b",".join([one] * 10_000) + b"]}"
    longest, last, done = 0.0, time.monotonic(), asyncio.Event()
    began = last

    async def screen() -> None:
        nonlocal longest, last
        while not done.is_set():
            await asyncio.sleep(0)
            now = time.monotonic()
            longest, last = max(longest, now - last), now

    async with asyncio.TaskGroup() as group:
        group.create_task(screen())
        document = await asyncio.to_thread(
            read_json, body, "jobs", lambda found: read_job("hpc", found)
        )
        took = time.monotonic() - began
        done.set()
    assert len(document.rows) == 10_000
    assert len(body) > 60_000_000
    assert longest < took / 4  # read in one piece it would be as long as the whole
