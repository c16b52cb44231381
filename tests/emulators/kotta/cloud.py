"""What the service knows: people by their tokens, jobs, queues; and the worker that runs jobs."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.emulators.kotta.objects import Store

BUCKET = "klab-jobs"
OVER_TIME, KILLED = 1001, 1002


class Crash(Exception):
    """What the service answers with an error page."""


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    email: str


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


@dataclass
class Job:
    """`facts` are told as they are; those of `hidden` never; outputs and inputs in their form."""

    owner: str
    facts: dict[str, Any]
    hidden: dict[str, str]
    inputs: list[str]
    outputs: list[str]
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def id(self) -> str:
        return str(self.facts["job_id"])


class Cloud:
    """One installation. `people` by access token, `refresh` by refresh token."""

    def __init__(self, store_url: str) -> None:
        self.store = Store(store_url)
        self.people = {
            "Atza|good1": Person("amzn1.account.U1", "User One", "u1@example.org"),
            "Atza|good2": Person("amzn1.account.U2", "User Two", "u2@example.org"),
        }
        self.strangers = {"Atza|nouser"}  # whose login is good, and who are not registered
        self.refresh = {"Atzr|r1": "Atza|good1"}
        self.jobs: dict[str, Job] = {}
        self.waiting: asyncio.Queue[str] = asyncio.Queue()
        self.worker_looks = asyncio.Event()  # whether it sees what was cancelled
        self.worker_looks.set()

    def submit(self, person: Person, form: dict[str, str]) -> str:
        """Store the job as pending, then look at its queue: a bad one leaves the job there."""
        jobtype = _text(form, "jobtype", "strip").strip()
        if "walltime" not in form:
            raise ValueError("int() argument must be a string or a number, not 'NoneType'")
        minutes = int(form["walltime"])
        job_id = str(uuid4())
        facts: dict[str, Any] = {
            "job_id": job_id,
            "username": person.name,
            "jobname": form.get("jobname", job_id),
            "user_email": person.email,
            "submit_time": _stamp(),
            "submit_stamp": _stamp(),
            "walltime": minutes * 60,
            "queue": form.get("queue"),
            "jobtype": jobtype,
            "status": "pending",
        }
        hidden: dict[str, str] = {}
        inputs: list[str] = []
        outputs: list[str] = []
        if jobtype == "script":
            facts |= {"executable": form.get("executable"), "args": form.get("args")}
            hidden["script"] = _text(form, "script", "rstrip").rstrip("\r")
            hidden["script_name"] = form.get("script_name", "")
            outputs.append(hidden["script_name"])
            inputs = [url for key, url in form.items() if key.startswith("input_url")]
            inputs += _comma_list(form.get("inputs", ""))
            outputs += _comma_list(form.get("outputs", ""))
            outputs += [name for key, name in form.items() if key.startswith("output_")]
        facts = {key: value for key, value in facts.items() if value not in ("", None)}
        self.jobs[job_id] = Job(person.id, facts, hidden, inputs, outputs)
        if form.get("queue") not in ("Test", "Prod"):
            raise ValueError(f"Queue : [{form.get('queue')}] is not valid")
        self.waiting.put_nowait(job_id)
        return job_id

    def cancel(self, job_id: str) -> None:
        job = self.jobs[job_id]
        job.facts |= {
            "status": "cancelled",
            "reason": "User request cancel",
            "cancel_time": _stamp(),
        }
        job.cancelled.set()

    def upload_path(self, person: Person, filepath: str) -> str:
        return f"{BUCKET}/uploads/{person.id}/python/pkl/{filepath}"

    def output_path(self, job: Job, name: str) -> str:
        return f"{BUCKET}/outputs/{job.id}/{name}"

    async def work(self) -> None:
        """Run what waits, one after the other, until cancelled."""
        while True:
            await self.run_next()

    async def run_next(self) -> Job:
        """Run the job that has waited longest."""
        job = self.jobs[await self.waiting.get()]
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="kotta-"))
        try:
            await self._run(job, folder)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder)
        return job

    async def _run(self, job: Job, folder: Path) -> None:
        began = time.monotonic()
        job.facts |= {"start_time": _stamp(), "status": "staging_inputs"}
        for url in job.inputs:
            self._stage_in(url, folder)
        if "script_name" in job.hidden:
            (folder / job.hidden["script_name"]).write_text(job.hidden["script"])
        staged_in = time.monotonic() - began
        job.facts["status"] = "processing"
        code = await self._execute(job, folder)
        processed = time.monotonic() - began - staged_in
        job.facts["status"] = "staging_outputs"
        for name in job.outputs:
            if (folder / name).is_file():
                self.store.kept[self.output_path(job, name)] = (folder / name).read_bytes()
        job.facts |= {
            "z_stagein_dur": staged_in,
            "z_processing_dur": processed - 1,
            "z_stageout_dur": time.monotonic() - began - staged_in - processed,
        }
        job.facts |= {"complete_time": _stamp(), "status": "failed" if code else "completed"}
        if code:
            job.facts["ERROR_CODE"] = code

    def _stage_in(self, url: str, folder: Path) -> None:
        """An s3:// name loses the letters of its scheme at both ends; so does the real one's."""
        path = url.strip("s3:/") if url.startswith("s3://") else url.partition(".com/")[2]
        (folder / url.rpartition("/")[2]).write_bytes(self.store.kept[path])

    async def _execute(self, job: Job, folder: Path) -> int:
        with (folder / "STDOUT.txt").open("wb") as out, (folder / "STDERR.txt").open("wb") as err:
            process = await asyncio.create_subprocess_shell(
                str(job.facts["executable"]),
                stdout=out,
                stderr=err,
                cwd=folder,
                start_new_session=True,
            )
        ended = asyncio.ensure_future(process.wait())
        stopped = asyncio.ensure_future(job.cancelled.wait())
        limit = float(job.facts["walltime"])
        try:
            await asyncio.wait((ended, stopped), timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                return ended.result()
            await self.worker_looks.wait()
            return KILLED if stopped.done() else OVER_TIME
        finally:
            stopped.cancel()
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
            await ended


def _comma_list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []


def _text(form: dict[str, str], key: str, method: str) -> str:
    if key not in form:
        raise ValueError(f"'NoneType' object has no attribute '{method}'")
    return form[key]
