"""The folder of one job on its way: what its runner is told, and what it answers."""

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from podtui.demo.batch import runner
from podtui.demo.batch.environment import job_environment
from podtui.demo.batch.job import BatchJob, node_names
from podtui.demo.batch.outputs import output_paths


class Spool:
    """The folders of all jobs that have not ended, in `folder`."""

    def __init__(self, folder: Path, events: Path) -> None:
        self._folder = folder
        self._events = events
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep_script(self, sequence: int, script: bytes) -> None:
        """Keep a submission's script, on the disk before this returns."""
        path = self.script(sequence)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(script)
            stream.flush()
            os.fsync(descriptor)

    def script(self, sequence: int) -> Path:
        """Give the path of a submission's script."""
        return self._folder / f"{sequence}.script"

    def job_folder(self, job: BatchJob) -> Path:
        """Give a job's folder; it exists from launch to end."""
        task = "" if job.index is None else f"-{job.index}"
        return self._folder / f"{job.submission.sequence}{task}"

    async def launch(self, job: BatchJob, tools: Path) -> None:
        """Start the job's runner; harmless when one has been started before."""
        folder = self.job_folder(job)
        folder.mkdir(mode=0o700, exist_ok=True)
        self._write_order(job, folder, tools)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            runner.__file__,
            str(folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={},
        )
        await process.wait()

    def _write_order(self, job: BatchJob, folder: Path, tools: Path) -> None:
        submission = job.submission
        out, err = output_paths(submission, job.index)
        mark = f"PBS_JOBCOOKIE={job.nonce}"
        lines = [f"{name}\n" * cores for name, cores in node_names(submission)]
        _replace(folder / "nodes", "".join(lines))
        order = {
            "id": job.id,
            "argv": self._command(job),
            "cwd": str(submission.start_directory),
            "env": job_environment(
                submission, job.id, job.index, spool=folder, tools=tools, mark=mark
            ),
            "stdout": str(out),
            "stderr": None if err == out else str(err),
            "append": job.dialect == "SGE",
            "walltime": submission.request.walltime,
            "torque": job.dialect == "TRQ",
            "mark": mark,
            "events": str(self._events),
        }
        _replace(folder / "order", json.dumps(order))

    def _command(self, job: BatchJob) -> list[str]:
        """Give the script's interpreter (`-S`, its own first line, or bash) and the script."""
        path = self.script(job.submission.sequence)
        request = job.submission.request
        if request.shell is not None:
            return [request.shell, str(path), *request.arguments]
        with path.open("rb") as stream:
            first = stream.readline(4096)
        words = ["/bin/bash"]
        if first.startswith(b"#!"):
            found = os.fsdecode(first[2:]).strip().split(None, 1)
            words = found or words
        return [*words, str(path), *request.arguments]

    def result(self, job: BatchJob) -> dict[str, Any] | None:
        """Read how the job ended, if it did."""
        return _read(self.job_folder(job) / "result")

    def started(self, job: BatchJob) -> dict[str, Any] | None:
        """Read when and as which process the job started, if it did."""
        return _read(self.job_folder(job) / "started")

    def is_claimed(self, job: BatchJob) -> bool:
        """Tell whether a runner has taken the job."""
        return (self.job_folder(job) / "claim").exists()

    def runner_lives(self, job: BatchJob) -> bool:
        """Tell whether the runner lives: it holds a lock that the kernel takes from the dead."""
        try:
            descriptor = os.open(self.job_folder(job) / "claim", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def ask_to_end(self, job: BatchJob) -> None:
        """Tell the runner to end the job; it reads the file when it is not yet there to hear."""
        folder = self.job_folder(job)
        folder.mkdir(mode=0o700, exist_ok=True)  # its launch may be about to begin
        (folder / "kill").touch(mode=0o600)
        with contextlib.suppress(ProcessLookupError):
            if self.runner_lives(job):
                os.kill(int((folder / "claim").read_text()), signal.SIGTERM)

    def end_orphans(self, job: BatchJob) -> None:
        """Kill what a dead runner left running."""
        if (self.started(job)) is not None:
            runner.kill_job(None, f"PBS_JOBCOOKIE={job.nonce}", signal.SIGKILL)

    def clear(self, job: BatchJob) -> None:
        """Remove an ended job's folder, unless output that found no other place is in it."""
        folder = self.job_folder(job)
        if job.hint is None:
            shutil.rmtree(folder, ignore_errors=True)

    def drop_script(self, sequence: int) -> None:
        """Remove the script of a submission of which nothing will run again."""
        self.script(sequence).unlink(missing_ok=True)

    def keep_only(self, sequences: set[int]) -> None:
        """Remove what belongs to other submissions: a crash may have left it."""
        for path, sequence in self._contents():
            if sequence not in sequences:
                _remove(path)

    def forget(self, sequences: set[int]) -> None:
        """Remove all that is left of submissions."""
        for path, sequence in self._contents() if sequences else ():
            if sequence in sequences:
                _remove(path)

    def _contents(self) -> list[tuple[Path, int]]:
        return [
            (path, int(path.name.partition(".")[0].partition("-")[0]))
            for path in self._folder.iterdir()
        ]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return found


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old one or the new one, whole."""
    draft = path.with_name(path.name + ".new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.rename(path)
