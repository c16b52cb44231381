"""A cluster in memory: jobs that a test moves by hand, a folder of the test as its files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from podtui.backends.base import Progress
from podtui.backends.plain_files import PlainFiles
from podtui.config.model import PodConfig, StagingOptions
from podtui.domain.cluster import ClusterStatus, LinkState
from podtui.domain.entry import Entry, EntryKind, Space
from podtui.domain.job import Job, JobKey, JobList, JobState, Preview, Scope, Submission
from podtui.domain.staging import Manner
from podtui.errors import NotFound, NotOffered, PodError, SourceChanged

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def config(name: str = "pod", **staging: object) -> PodConfig:
    options = StagingOptions(**staging)  # type: ignore[arg-type]
    return PodConfig(name=name, user="penguin", poll_seconds=0.01, staging=options)


class FakeJobs:
    """A scheduler of which everything is remembered."""

    def __init__(self, cluster: str) -> None:
        self.cluster = cluster
        self.jobs: dict[str, Job] = {}
        self.tokens: dict[str, str] = {}
        self.calls: list[str] = []
        self.fail: dict[str, list[PodError]] = {}
        self.warnings: list[str] = []
        self.skipped = 0

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.fail.get(name):
            raise self.fail[name].pop(0)

    def put(self, job_id: str, state: JobState, token: str = "", **facts: object) -> Job:
        job = Job(JobKey(self.cluster, job_id), state, **facts)  # type: ignore[arg-type]
        self.jobs[job_id] = job
        self.tokens[job_id] = token
        return job

    def move(self, job_id: str, state: JobState, exit_status: int | None = None) -> None:
        self.jobs[job_id] = replace(self.jobs[job_id], state=state, exit_status=exit_status)

    async def list_jobs(self, scope: Scope) -> JobList:
        self._called("list")
        return JobList(tuple(self.jobs.values()), self.skipped)

    async def job(self, job_id: str) -> Job:
        self._called("job")
        if job_id not in self.jobs:
            raise NotFound(f"no job {job_id}")
        return self.jobs[job_id]

    def preview(self, submission: Submission) -> Preview:
        text = submission.content.decode("utf-8", "replace")
        return Preview(
            f"hold={submission.hold}\n{text}", ('nothing like "-W" there',)[: text.count("-W")]
        )

    async def submit(self, submission: Submission) -> str:
        job_id = f"{22783 + len(self.jobs)}.pod"
        state = JobState.HELD if submission.hold else JobState.QUEUED
        if self.fail.get("submit after"):
            self.put(job_id, state, submission.token)
            raise self.fail["submit after"].pop(0)
        self._called("submit")
        self.put(job_id, state, submission.token)
        for said in self.warnings:
            submission.warn(said)
        return job_id

    async def find_submitted(self, token: str) -> tuple[str, ...]:
        self._called("find")
        return tuple(job_id for job_id, kept in self.tokens.items() if kept == token)

    async def cancel(self, job_id: str) -> None:
        self._called("cancel")
        self.move(job_id, JobState.CANCELLED, 271)

    async def hold(self, job_id: str) -> None:
        self._called("hold")
        self.move(job_id, JobState.HELD)

    async def release(self, job_id: str) -> None:
        self._called("release")
        self.move(job_id, JobState.QUEUED)


@dataclass
class FolderFiles(PlainFiles):
    """Files of a "cluster" that is a folder of this machine."""

    root: Path
    free: int | None = None
    hash_as: Callable[[str], str] | None = None
    before_upload: Callable[[], object] | None = None
    extra_entries: list[Entry] = field(default_factory=list)

    async def resolve(self, path: str) -> str:
        relative = path.removeprefix("~").lstrip("/") if path.startswith("~") else path
        return str(self.root / relative).rstrip("/")

    async def list_folder(self, path: str) -> tuple[Entry, ...]:
        entries = []
        for item in sorted(Path(path).iterdir()):
            kind = EntryKind.FOLDER if item.is_dir() else EntryKind.FILE
            entries.append(Entry(item.name, kind, item.stat().st_size))
        return (*entries, *self.extra_entries)

    async def stat(self, path: str) -> Entry | None:
        here = Path(path)
        if not here.exists():
            return None
        kind = EntryKind.FOLDER if here.is_dir() else EntryKind.FILE
        return Entry(here.name, kind, here.stat().st_size)

    async def make_folder(self, path: str) -> None:
        Path(path).mkdir(parents=True, exist_ok=True)

    async def remove(self, path: str) -> None:
        Path(path).unlink()

    async def rename(self, old: str, new: str) -> None:
        Path(old).replace(new)

    async def space(self, path: str) -> Space | None:
        return None if self.free is None else Space(self.free, 10**12)

    async def hash(self, path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        data = Path(path).read_bytes()[start:][:length]
        digest = hashlib.new(algo, data).hexdigest()
        return self.hash_as(digest) if self.hash_as else digest

    async def upload(
        self, source: Path, target: str, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        if self.before_upload:
            self.before_upload()
        return self._copy(source, Path(target), algo, progress, offset)

    async def download(
        self, source: str, target: Path, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        return self._copy(Path(source), target, algo, progress, offset)

    async def read(self, path: str, offset: int, length: int) -> bytes:
        data = Path(path).read_bytes()
        return data[offset:][:length]

    def _copy(self, source: Path, target: Path, algo: str, progress: Progress, offset: int) -> str:
        if not source.exists():
            raise SourceChanged(f"{source} vanished")
        kept = target.read_bytes()[:offset] if offset else b""
        data = source.read_bytes()[offset:]
        target.write_bytes(kept + data)
        progress(len(data))
        return hashlib.new(algo, data).hexdigest()


class FakeBackend:
    """One cluster of the tests."""

    manner = Manner()

    def __init__(self, name: str = "pod", root: Path | None = None) -> None:
        self.name = name
        self._jobs = FakeJobs(name)
        self._files = FolderFiles(root) if root else None
        self.connects = 0
        self.fail_connect: list[PodError] = []
        self.closed = 0

    def status(self) -> ClusterStatus:
        return ClusterStatus(self.name, "pod", LinkState.IDLE)

    async def connect(self) -> None:
        self.connects += 1
        if self.fail_connect:
            raise self.fail_connect.pop(0)

    async def open_shell_link(self) -> None:
        return None

    async def close(self) -> None:
        self.closed += 1

    @property
    def jobs(self) -> FakeJobs:
        return self._jobs

    @property
    def files(self) -> FolderFiles:
        if self._files is None:
            raise NotOffered("no files here")
        return self._files

    @property
    def nodes(self) -> object:
        raise NotOffered("no nodes here")

    @property
    def keys(self) -> object:
        raise NotOffered("no keys here")
