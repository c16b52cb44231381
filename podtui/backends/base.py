"""What a backend may offer: Jobs, Files, Nodes, Keys. None has to offer all.

Every method raises PodError subclasses only (see podtui.errors), and CancelledError.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from podtui.errors import PodError

if TYPE_CHECKING:  # what a file takes to move is not held up by what jobs and nodes are
    from podtui.backends.pace import Pace
    from podtui.domain.cluster import ClusterStatus
    from podtui.domain.entry import Entry, Space
    from podtui.domain.job import Job, JobList, Preview, Scope, ScriptDialect, Submission
    from podtui.domain.key import PublicKey
    from podtui.domain.node import Account, Flavor, Image, LoginNode, Volume
    from podtui.domain.operation import Operation, OperationResult
    from podtui.domain.queue import ComputeNode, Queue
    from podtui.domain.staging import Manner

Progress = Callable[[int], None]
"""Called with the number of bytes moved since the last call; must be cheap."""


class Jobs(Protocol):
    """A scheduler. What one of its kind cannot do raises NotOffered with the reason."""

    @property
    def dialects(self) -> tuple[ScriptDialect, ...]:
        """What its scripts may be written for, the usual one first."""
        ...

    async def list_jobs(self, scope: Scope) -> JobList:
        """All jobs of `scope` in ONE query."""
        ...

    async def job(self, job_id: str) -> Job:
        """One job with all its attributes; NotFound when the scheduler does not know it."""
        ...

    def preview(self, submission: Submission) -> Preview:
        """What `submit` would send, and what of the script has no equivalent there."""
        ...

    async def submit(self, submission: Submission) -> str:
        """Submit and return the job's id; OutcomeUnknown when the answer is lost."""
        ...

    async def find_submitted(self, token: str) -> tuple[str, ...]:
        """The ids of all jobs that carry `token`."""
        ...

    async def cancel(self, job_id: str) -> None:
        """End the job, whether it runs or waits."""
        ...

    async def hold(self, job_id: str) -> None:
        """Keep a waiting job from starting."""
        ...

    async def release(self, job_id: str) -> None:
        """Let a held job start."""
        ...

    async def requeue(self, job_id: str) -> None:
        """Put a running job back into the queue."""
        ...

    async def queues(self) -> tuple[Queue, ...]:
        """The queues with what is free."""
        ...

    async def compute_nodes(self) -> tuple[ComputeNode, ...]:
        """The machines with what is free."""
        ...


class Files(Protocol):
    """A file system. Paths are absolute, `/`-separated, of any bytes (surrogate escapes)."""

    async def resolve(self, path: str) -> str:
        """`path` made absolute: `~` and relative paths mean the home there."""
        ...

    async def list_folder(self, path: str) -> tuple[Entry, ...]:
        """The folder's entries, unsafe names refused, `.` and `..` left out."""
        ...

    def scan_folder(self, path: str) -> AsyncGenerator[Entry, None]:
        """The same, one after the other as the server tells them; links are not looked behind."""
        ...

    async def stat(self, path: str) -> Entry | None:
        """What stands under `path` (links followed), or None."""
        ...

    async def make_folder(self, path: str) -> None:
        """Make the folder and its parents; one that exists is fine."""
        ...

    async def remove(self, path: str) -> None:
        """Remove a file, a link or an EMPTY folder."""
        ...

    async def rename(self, old: str, new: str) -> None:
        """Give `old` the name `new`, replacing a file there in one step."""
        ...

    async def space(self, path: str) -> Space | None:
        """Free space where `path` lies, None when the server does not tell."""
        ...

    async def hash(self, path: str, algo: str, start: int = 0, length: int | None = None) -> str:
        """The hash of the file, or of `length` bytes from `start` on, in hex, made there if it can.

        NotOffered where nothing there can tell it.
        """
        ...

    async def write(self, path: str, content: bytes) -> None:
        """Write a small file (0600) under `path` in one step: whole, or as it was before."""
        ...

    async def upload(
        self, source: Path, target: str, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Write `source` to exactly `target`; the hash of the bytes sent, in hex.

        With `offset` the first bytes are there already: they are neither sent nor hashed.
        """
        ...

    async def download(
        self, source: str, target: Path, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Write `source` to exactly `target`; the hash of the bytes received, in hex.

        With `offset` the first bytes are here already: they are neither asked for nor hashed.
        """
        ...

    async def pass_on(
        self, source: str, to: Files, target: str, algo: str, progress: Progress, offset: int = 0
    ) -> str:
        """Copy `source` to exactly `target` on another cluster; the hash of the bytes passed."""
        ...

    async def read(self, path: str, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on; a negative offset counts from the end."""
        ...

    async def set_facts(self, path: str, mode: int, modified: float) -> None:
        """Give a file or folder its permission bits (0: as they are) and time (since 1970).

        NotOffered where a service keeps none.
        """
        ...

    @property
    def pace(self) -> Pace | None:
        """The cap on bytes a second; None where the service cannot be slowed down."""
        ...

    @property
    def bundles(self) -> Bundles | None:
        """How many small files travel as one stream; None where they cannot."""
        ...

    async def read_link(self, path: str) -> str:
        """What the symbolic link `path` says, unchanged."""
        ...

    async def make_link(self, path: str, says: str) -> None:
        """Make the symbolic link `path`, in place of one that is there."""
        ...


class Bundles(Protocol):
    """Many small files as one stream."""

    async def settled(self, there: str) -> None:
        """Wait until nothing below `there` changes: an earlier, killed try may still write."""
        ...

    def sending(self, algo: str, *, keep: bool = True) -> AbstractAsyncContextManager[BundleWay]:
        """A way from this machine, begun while other things go on.

        `keep`: with permissions and times. Files get their names as they come: the folder there
        must be one nobody else looks into.
        """
        ...

    def fetching(self, algo: str, *, keep: bool = True) -> AbstractAsyncContextManager[BundleWay]:
        """A way to this machine, as `sending`."""
        ...


class BundleWay(Protocol):
    """Takes bundles from one folder to another; several may be under way."""

    async def open(self, here: Path, there: str) -> None:
        """Settle on a folder of this machine and one there; the target is made.

        NotOffered where the far side lacks what it takes.
        """
        ...

    async def carry(
        self, paths: Sequence[str], into: str, progress: Progress
    ) -> Mapping[str, PodError]:
        """Move files to the same paths below the folder `into` of the target, verified by hash.

        A path that ends with `/` is a folder to make there. `into` is one plain name, or empty.
        What a file failed by is told by its path; what fails for all of them is raised.
        """
        ...


class Nodes(Protocol):
    """A cloud controller that gives accounts, volumes and login nodes."""

    async def account(self) -> Account | None:
        """Our account, or None."""
        ...

    async def create_account(self) -> Account:
        """Make our account under the configured user name."""
        ...

    async def volume(self) -> Volume | None:
        """Our storage volume, or None."""
        ...

    async def create_volume(self, size_gb: int) -> Volume:
        """Make our storage volume."""
        ...

    async def images(self) -> tuple[Image, ...]:
        """The boot images."""
        ...

    async def flavors(self) -> tuple[Flavor, ...]:
        """The sizes."""
        ...

    async def nodes(self) -> tuple[LoginNode, ...]:
        """Our login nodes."""
        ...

    async def create_node(self, account: Account, image: Image, flavor: Flavor) -> LoginNode:
        """Start a login node."""
        ...

    async def delete_node(self, node_id: str) -> None:
        """End a login node; the volume stays."""
        ...


class Keys(Protocol):
    """The public keys that may log in.

    `by_login` tells that they are changed through the very login they allow: whoever takes off the
    last of their own is locked out.
    """

    by_login: bool

    async def public_keys(self) -> tuple[PublicKey, ...]:
        """The keys there now."""
        ...

    async def add_key(self, key: PublicKey) -> None:
        """Put a key on; one that is there already is fine."""
        ...

    async def remove_key(self, key: PublicKey) -> None:
        """Take a key off."""
        ...

    async def try_login(self, key: Path, passphrase: str = "") -> str:
        """Log in anew with the private key of a file alone; who we are there.

        LoginRequired when the key is not taken.
        """
        ...


class Operations(Protocol):
    """What a service lets its users run beside jobs."""

    async def operations(self) -> tuple[Operation, ...]:
        """All of them, without the options of each."""
        ...

    async def describe(self, operation: Operation) -> Operation:
        """One with its help and its options."""
        ...

    async def run(self, operation: Operation, values: Mapping[str, str]) -> OperationResult:
        """Run it with the options' values; OutcomeUnknown when the answer is lost."""
        ...


class Backend(Protocol):
    """One configured cluster; a facet that is not offered raises NotOffered with the reason."""

    name: str
    manner: Manner

    def status(self) -> ClusterStatus:
        """What is known without asking anybody."""
        ...

    async def connect(self) -> None:
        """Log in and find out what is offered."""
        ...

    async def open_shell_link(self) -> None:
        """Make sure the SSH connection behind Files answers."""
        ...

    async def close(self) -> None:
        """Let go of every connection; safe to call twice."""
        ...

    @property
    def jobs(self) -> Jobs:
        """The scheduler."""
        ...

    @property
    def files(self) -> Files:
        """The file system."""
        ...

    @property
    def nodes(self) -> Nodes:
        """The controller."""
        ...

    @property
    def keys(self) -> Keys:
        """The keys on the account."""
        ...

    @property
    def operations(self) -> Operations:
        """What else the service runs."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """One line a server asks a person; `secret` answers are not shown while typed."""

    text: str
    secret: bool = True


class Prompter(Protocol):
    """How a backend asks the person at the keyboard. Cancelled when they decline."""

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        """Put the questions of one dialog; one answer each."""
        ...

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        """Show a host key never seen before; whether to trust it from now on."""
        ...
