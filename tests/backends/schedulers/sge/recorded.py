"""The recorded answers in tests/fixtures/sge, each named after the trouble it records."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from pathlib import Path

from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.sge import GridEngine
from podtui.domain.job import Job, JobList, Scope

FOLDER = Path(__file__).parents[3] / "fixtures" / "sge"
ADAPTER = GridEngine("8.1.9")
ACCOUNT = Account("geuser1")
EVERYBODY = Scope(everybody=True)


def recorded(name: str) -> bytes:
    """What the command printed."""
    return (FOLDER / name).read_bytes()


def read_list(
    data: bytes, scope: Scope = EVERYBODY, *, zone: tzinfo = UTC, stderr: bytes = b""
) -> JobList:
    """The list in `data`."""
    account = Account("geuser1", zone)
    return ADAPTER.parse_list("c", scope, account, Output(0, data, stderr))


def read_job(job_id: str, details: str, rows: str = "list-arrays-errors-dependencies.xml") -> Job:
    """A job of two recorded answers, put together as job_command's shell does."""
    number = job_id.partition(".")[0].encode()
    chunks = re.findall(rb"    <job_list .*?</job_list>\n", recorded(rows), re.DOTALL)
    own = [chunk for chunk in chunks if b"<JB_job_number>" + number + b"<" in chunk]
    output = Output(0, recorded(details) + b"".join(own))
    return ADAPTER.parse_job("c", job_id, ACCOUNT, output)


def read_ended(job_id: str, name: str) -> Job:
    """A job of a recorded answer of qacct."""
    return ADAPTER.parse_finished("c", job_id, ACCOUNT, Output(0, recorded(name)))
