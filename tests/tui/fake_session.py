"""A real Session over a cluster that lives in memory: the screen meets the real services."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from podtui.backends.base import Progress, Prompter
from podtui.backends.plain_files import PlainFiles
from podtui.config.model import ClusterConfig, Config, PodConfig
from podtui.domain.cluster import ClusterStatus, Facet, Offer
from podtui.domain.entry import Entry, EntryKind, Space
from podtui.domain.job import (
    Job,
    JobKey,
    JobList,
    JobState,
    Preview,
    Scope,
    ScriptDialect,
    Submission,
)
from podtui.domain.key import PublicKey
from podtui.domain.node import Account, Controller, Flavor, Image, LoginNode, Volume
from podtui.domain.queue import Queue
from podtui.domain.script import find_token, job_name
from podtui.domain.staging import Manner
from podtui.errors import LoginRequired, NotFound, NotOffered, PodError, Refused
from podtui.paths import Paths
from podtui.services.session import Session

NOW = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
HOME = "/home/alice"


def fixed_clock() -> datetime:
    """Noon, always."""
    return NOW


@dataclass
class FakeJobs:
    """A scheduler. `scope` is the last one asked for; `group` jobs are other people's."""

    cluster: str
    trouble: Callable[[], None]
    jobs: dict[str, Job] = field(default_factory=dict)
    others: dict[str, Job] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    submitted: list[Submission] = field(default_factory=list)
    asked: list[Scope] = field(default_factory=list)
    refusal: PodError | None = None
    warnings: list[str] = field(default_factory=list)
    dialects: tuple[ScriptDialect, ...] = (ScriptDialect.TORQUE, ScriptDialect.SGE)
    the_queues: tuple[Queue, ...] | None = None
    requeues: bool = False
    skipped: int = 0
    next_id: int = 22790

    def add(self, job_id: str, state: JobState, name: str, **facts: object) -> Job:
        """Put a job in."""
        job = Job(
            JobKey(self.cluster, job_id),
            state,
            name=name,
            **{"user": "alice", "queue": "M40", "cores": 12, "native_state": state.value[0].upper()}
            | facts,  # type: ignore[arg-type]
        )
        self.jobs[job_id] = job
        return job

    def change(self, job_id: str, **facts: object) -> None:
        """Change a job."""
        self.jobs[job_id] = replace(self.jobs[job_id], **facts)  # type: ignore[arg-type]

    async def list_jobs(self, scope: Scope) -> JobList:
        self.trouble()
        self.asked.append(scope)
        found = [*self.jobs.values(), *(self.others.values() if scope != Scope() else ())]
        return JobList(tuple(found), self.skipped)

    async def job(self, job_id: str) -> Job:
        self.trouble()
        if job_id not in self.jobs:
            raise NotFound(f"There is no job {job_id}.")
        return self.jobs[job_id]

    def preview(self, submission: Submission) -> Preview:
        text = submission.content.decode("utf-8", "replace")
        return Preview(
            f"hold={submission.hold}\n{text}", ('nothing like "-W" there',)[: text.count("-W")]
        )

    async def submit(self, submission: Submission) -> str:
        self.trouble()
        if self.refusal:
            raise self.refusal
        job_id = f"{self.next_id}.pod"
        self.next_id += 1
        self.submitted.append(submission)
        text = submission.content.decode("utf-8", "surrogateescape")
        self.tokens[find_token(text)] = job_id
        state = JobState.HELD if submission.hold else JobState.QUEUED
        self.add(job_id, state, job_name(text, submission.dialect, submission.filename))
        self.change(job_id, submitted=NOW)
        for said in self.warnings:
            submission.warn(said)
        return job_id

    async def find_submitted(self, token: str) -> tuple[str, ...]:
        self.trouble()
        return (self.tokens[token],) if token in self.tokens else ()

    async def cancel(self, job_id: str) -> None:
        self.trouble()
        self.change(job_id, state=JobState.CANCELLED, native_state="C")

    async def hold(self, job_id: str) -> None:
        self.trouble()
        self.change(job_id, state=JobState.HELD, native_state="H")

    async def release(self, job_id: str) -> None:
        self.trouble()
        self.change(job_id, state=JobState.QUEUED, native_state="Q")

    async def requeue(self, job_id: str) -> None:
        self.trouble()
        if not self.requeues:
            raise NotOffered("This scheduler requeues nothing.")
        self.change(job_id, state=JobState.QUEUED, native_state="Q")

    async def queues(self) -> tuple[Queue, ...]:
        self.trouble()
        if self.the_queues is None:
            raise NotOffered("This scheduler lists no queues.")
        return self.the_queues


@dataclass
class FakeFiles(PlainFiles):
    """A file system: `files` maps absolute paths to bytes; `gate` holds uploads half-way."""

    trouble: Callable[[], None]
    files: dict[str, bytes] = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: {"/", "/home", HOME})
    gate: asyncio.Event | None = None
    free: int = 10 << 40

    async def resolve(self, path: str) -> str:
        self.trouble()
        if path in ("", "~"):
            return HOME
        path = path.removeprefix("~/") if path.startswith("~/") else path
        return path if path.startswith("/") else f"{HOME}/{path}"

    async def list_folder(self, path: str) -> tuple[Entry, ...]:
        self.trouble()
        path = path.rstrip("/") or "/"
        if path not in self.folders:
            raise NotFound(f"{path!r} is not there.")
        prefix = path.rstrip("/") + "/"
        found = []
        for folder in self.folders:
            if folder.startswith(prefix) and "/" not in folder[len(prefix) :] != "":
                found.append(Entry(folder[len(prefix) :], EntryKind.FOLDER, 0, NOW, 0o755))
        for name, data in self.files.items():
            if name.startswith(prefix) and "/" not in name[len(prefix) :]:
                found.append(Entry(name[len(prefix) :], EntryKind.FILE, len(data), NOW, 0o644))
        return tuple(found)

    async def stat(self, path: str) -> Entry | None:
        self.trouble()
        path = path.rstrip("/") or "/"
        name = path.rpartition("/")[2]
        if path in self.folders:
            return Entry(name, EntryKind.FOLDER, 0, NOW, 0o755)
        if path in self.files:
            return Entry(name, EntryKind.FILE, len(self.files[path]), NOW, 0o644)
        return None

    async def make_folder(self, path: str) -> None:
        self.trouble()
        while path not in ("", "/"):
            self.folders.add(path)
            path = path.rpartition("/")[0]

    async def remove(self, path: str) -> None:
        self.trouble()
        if path in self.folders and any(
            other.startswith(f"{path}/") for other in (*self.folders, *self.files)
        ):
            raise Refused(f"{path!r} is not empty.")
        if path not in self.files and path not in self.folders:
            raise NotFound(f"{path!r} is not there.")
        self.files.pop(path, None)
        self.folders.discard(path)

    async def rename(self, old: str, new: str) -> None:
        self.trouble()
        if old in self.files:
            self.files[new] = self.files.pop(old)
            return
        self.folders = {_moved(path, old, new) for path in self.folders}
        self.files = {_moved(path, old, new): data for path, data in self.files.items()}

    async def space(self, path: str) -> Space | None:
        return Space(self.free, self.free * 2)

    async def hash(self, path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        self.trouble()
        return hashlib.new(algo, self.files[path][start:][:length]).hexdigest()

    async def upload(
        self, source: Path, target: str, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        assert not offset, "these files are small"
        self.trouble()
        data = source.read_bytes()
        half = len(data) // 2
        progress(half)
        if self.gate:
            await self.gate.wait()
        self.trouble()
        progress(len(data) - half)
        self.files[target] = data
        return hashlib.new(algo, data).hexdigest()

    async def download(
        self, source: str, target: Path, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        assert not offset, "these files are small"
        self.trouble()
        if source not in self.files:
            raise NotFound(f"{source!r} is not there.")
        data = self.files[source]
        if self.gate:
            await self.gate.wait()
        progress(len(data))
        target.write_bytes(data)
        return hashlib.new(algo, data).hexdigest()

    async def read(self, path: str, offset: int, length: int) -> bytes:
        self.trouble()
        if path not in self.files:
            raise NotFound(f"{path!r} is not there.")
        data = self.files[path]
        start = max(len(data) + offset, 0) if offset < 0 else offset
        return data[start : start + length]


def _moved(path: str, old: str, new: str) -> str:
    return new + path[len(old) :] if path == old or path.startswith(f"{old}/") else path


@dataclass
class FakeNodes:
    """A cloud controller; a node is ACTIVE as soon as it is looked at again."""

    trouble: Callable[[], None]
    the_account: Account | None = field(default_factory=lambda: Account("7", "alice"))
    the_volume: Volume | None = field(default_factory=lambda: Volume("3", 50))
    the_nodes: dict[str, LoginNode] = field(default_factory=dict)
    status: str = "ACTIVE"

    async def account(self) -> Account | None:
        self.trouble()
        return self.the_account

    async def create_account(self) -> Account:
        self.trouble()
        self.the_account = Account("7", "alice")
        return self.the_account

    async def volume(self) -> Volume | None:
        self.trouble()
        return self.the_volume

    async def create_volume(self, size_gb: int) -> Volume:
        self.trouble()
        self.the_volume = Volume("3", size_gb)
        return self.the_volume

    async def images(self) -> tuple[Image, ...]:
        self.trouble()
        return (Image("i1", "login-rocky9", True, 10, 512), Image("i2", "old-sl6", False, 4, 256))

    async def flavors(self) -> tuple[Flavor, ...]:
        self.trouble()
        return (Flavor("1", "free", 256, 10, 1), Flavor("2", "small", 2048, 20, 1))

    async def nodes(self) -> tuple[LoginNode, ...]:
        self.trouble()
        for node in list(self.the_nodes.values()):
            if node.status == "BUILD":
                self.the_nodes[node.id] = replace(
                    node, status=self.status, public_ip="127.0.0.1", hostname=f"login-{node.id}"
                )
        return tuple(self.the_nodes.values())

    async def create_node(self, account: Account, image: Image, flavor: Flavor) -> LoginNode:
        self.trouble()
        node = LoginNode(f"n{len(self.the_nodes) + 1}", "BUILD", image.id, flavor.id, created=NOW)
        self.the_nodes[node.id] = node
        return node

    async def delete_node(self, node_id: str) -> None:
        self.trouble()
        del self.the_nodes[node_id]


@dataclass
class FakeKeys:
    """The keys on the account."""

    trouble: Callable[[], None]
    keys: list[PublicKey] = field(default_factory=list)
    by_login: bool = False
    works: bool = True
    tried: list[Path] = field(default_factory=list)

    async def public_keys(self) -> tuple[PublicKey, ...]:
        self.trouble()
        return tuple(self.keys)

    async def add_key(self, key: PublicKey) -> None:
        self.trouble()
        self.keys.append(key)

    async def remove_key(self, key: PublicKey) -> None:
        self.trouble()
        self.keys = [k for k in self.keys if not k.same_as(key)]

    async def try_login(self, key: Path, passphrase: str = "") -> str:
        self.trouble()
        self.tried.append(key)
        if not self.works:
            raise LoginRequired(f"pod does not take {key.name}.", title="Key refused")
        return "alice@pod"


class FakeBackend:
    """A cluster in memory. Set `error` and every call fails with it, until it is None again."""

    manner = Manner()

    def __init__(self, name: str = "pod") -> None:
        self.name = name
        self.error: PodError | None = None
        self.connect_gate: asyncio.Event | None = None
        self.connects = 0
        self.closed = 0
        self.connected = False
        self.prompter: Prompter | None = None
        self.on_connect: Callable[[Prompter], object] | None = None
        self.jobs = FakeJobs(name, self._trouble)
        self.files = FakeFiles(self._trouble)
        self.nodes = FakeNodes(self._trouble)
        self.keys = FakeKeys(self._trouble)

    def _trouble(self) -> None:
        if self.error:
            raise self.error

    def status(self) -> ClusterStatus:
        controller = Controller("1", "MT1", True, "http://127.0.0.1:1", "http://127.0.0.1:2")
        if not self.connected:
            return ClusterStatus(self.name, "pod", user="alice")
        return ClusterStatus(
            self.name,
            "pod",
            user="alice",
            controller=controller,
            controllers=(controller,),
            token_expires=NOW + timedelta(hours=8),
            offers=tuple(Offer(facet, offered=True) for facet in Facet),
        )

    async def connect(self) -> None:
        self.connects += 1
        if self.connect_gate:
            await self.connect_gate.wait()
        self._trouble()
        self.connected = True

    async def open_shell_link(self) -> None:
        self._trouble()

    async def close(self) -> None:
        self.closed += 1
        self.connected = False


def fake_config(*names: str, **options: object) -> Config:
    """A configuration with these clusters, asked twenty times a second."""
    clusters = tuple(
        PodConfig(name, "alice", auth_url="http://127.0.0.1:1", poll_seconds=0.05) for name in names
    )
    return Config(clusters=clusters, default_cluster=names[0] if names else "", **options)  # type: ignore[arg-type]


def fake_paths(folder: Path) -> Paths:
    """Paths inside `folder`."""
    return Paths(folder / "config" / "config.toml", folder / "state", folder / "home")


def fake_opener(
    config: Config, paths: Paths, backends: Sequence[FakeBackend]
) -> Callable[[Prompter], Session]:
    """What the app is given to open its session."""
    by_name = {backend.name: backend for backend in backends}

    def open_session(prompter: Prompter) -> Session:
        def open_backend(cluster: ClusterConfig) -> FakeBackend:
            backend = by_name.setdefault(cluster.name, FakeBackend(cluster.name))
            backend.prompter = prompter
            return backend

        return Session(config, paths, prompter, clock=fixed_clock, opener=open_backend)

    return open_session
