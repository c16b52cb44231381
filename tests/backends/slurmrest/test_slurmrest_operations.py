"""What slurmrestd runs beside a job's usual acts, by the forms of the screen and `podtui ops`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from podtui.backends.slurmrest.operations import SlurmRestOperations
from podtui.domain.cluster import Facet
from podtui.domain.operation import Operation
from podtui.errors import InputError, NotFound, NotOffered

from .recorded import VERSIONS, answers, backend, jobs

ROW = {"job_id": 7, "job_state": ["RUNNING"], "user_name": "alice", "name": "x"}


class Taking:
    """A slurmrestd that takes every change, and notes it."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            body = json.loads(request.content) if request.content else None
            self.changes.append((request.method, request.url.raw_path.decode(), body))
        return httpx.Response(200, json={"errors": [], "jobs": [ROW]})


def operations(handler: Any, version: str = "v0.0.45") -> SlurmRestOperations:
    made = jobs(handler, version)
    return SlurmRestOperations(lambda: made)


async def run(handler: Any, name: str, version: str = "v0.0.45", **values: str) -> str:
    made = operations(handler, version)
    one = await made.describe(Operation("slurm", name))
    result = await made.run(one, values)
    assert result.succeeded
    return result.output


async def test_all_are_listed_and_those_that_change_something_ask_first() -> None:
    found = await operations(Taking()).operations()
    assert {one.title for one in found if one.changes} == {"slurm/signal", "slurm/update"}
    assert {one.name for one in found if not one.changes} == {"reservations", "diag", "ping"}
    assert all(one.help and not one.options for one in found)
    for one in (Operation("slurm", "squeue"), Operation("core", "diag")):
        with pytest.raises(NotFound):
            await operations(Taking()).describe(one)


async def test_a_signal_and_limits_are_sent_as_the_job_has_them() -> None:
    slurm = Taking()
    assert "USR1" in await run(slurm, "signal", job=" 7 ", signal="SIGUSR1")
    told = await run(slurm, "update", job="7", time="1-02:00:00", partition="gpu", nice="-5")
    assert told == "Job 7 has now: time 1-02:00:00, partition gpu, nice -5.\n"
    assert slurm.changes == [
        ("DELETE", "/slurm/v0.0.45/job/7?signal=USR1", None),
        ("POST", "/slurm/v0.0.45/job/7", {"time_limit": 1560, "partition": "gpu", "nice": -5}),
    ]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("signal", {"job": "7"}),
        ("signal", {"job": "7", "signal": "NOSUCH"}),
        ("signal", {"job": "7; rm", "signal": "USR1"}),
        ("signal", {"job": "7", "signal": "USR1", "force": ""}),
        ("update", {"job": "7"}),
        ("update", {"time": "5"}),
        ("update", {"job": "7", "time": "soon"}),
        ("update", {"job": "7", "nice": "very"}),
        ("update", {"job": "7", "comment": "x"}),
    ],
)
async def test_what_cannot_be_meant_is_not_sent(name: str, values: dict[str, str]) -> None:
    slurm = Taking()
    with pytest.raises(InputError):
        await run(slurm, name, **values)
    assert slurm.changes == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_controllers_and_counters_of_every_version(version: str) -> None:
    served = answers(version)
    assert await run(served, "ping", version) == "localhost  answers (primary)\n"
    counted = dict(line.split() for line in (await run(served, "diag", version)).splitlines())
    assert int(counted["jobs_submitted"]) > 0


async def test_reservations_with_what_is_told_of_each() -> None:
    rows = [
        {"name": "maint\x1b", "start_time": {"set": True, "number": 0}, "node_list": "n[1-2]"},
        {"name": "course", "start_time": 1_800_000_000, "flags": ["DAILY"], "users": "alice"},
    ]
    told = await run(
        lambda _: httpx.Response(200, json={"reservations": rows, "errors": []}), "reservations"
    )
    assert told.splitlines()[0].endswith("? to ?  nodes n[1-2]")
    assert "\x1b" not in told
    assert "course  2027-01-15 08:00 UTC to ?  users alice  flags DAILY" in told
    none = await run(
        lambda _: httpx.Response(200, json={"reservations": [], "errors": []}), "reservations"
    )
    assert none == "There are no reservations.\n"
    with pytest.raises(NotOffered):
        await run(Taking(), "reservations", "v0.0.36")


async def test_they_are_offered_once_connected(tmp_path: Path) -> None:
    made = backend(answers("v0.0.45"), tmp_path)

    def offered() -> bool:
        return {o.facet: o.offered for o in made.status().offers}[Facet.OPERATIONS]

    assert not offered()
    await made.connect()
    assert offered()
    assert (await made.operations.operations())[0].group == "slurm"
    await made.close()
