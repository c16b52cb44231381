"""What jobs by a scheduler's own commands need of the place where these run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from podtui.backends.schedulers.base import Output
from podtui.domain.entry import Entry


class Shell(Protocol):
    """Runs commands there. Unreachable when nothing was sent; a lost change is OutcomeUnknown."""

    async def run(
        self, argv: Sequence[str], *, timeout: float, folder: str = "", changes: bool = False
    ) -> Output:
        """Run `argv` in `folder` (the home without) within `timeout` seconds."""
        ...

    async def script(
        self, text: str, *, timeout: float, folder: str = "", changes: bool = False
    ) -> Output:
        """Run a piece of sh, as `run` does."""
        ...


@runtime_checkable
class EarlyShell(Protocol):
    """A Shell whose output can be heard while the command still runs."""

    async def run_heard(
        self, argv: Sequence[str], *, timeout: float, hear: Callable[[bytes], None]
    ) -> Output:
        """Run `argv` in the home; `hear` is given its stdout as it comes, and a little more at the
        end: only the Output tells what is all of it.
        """
        ...


class ScriptFolder(Protocol):
    """The part of `Files` (podtui.backends.base) by which a job script gets there."""

    async def resolve(self, path: str) -> str:
        """`path` made absolute."""
        ...

    async def make_folder(self, path: str) -> None:
        """Make the folder and its parents."""
        ...

    async def stat(self, path: str) -> Entry | None:
        """What stands under `path`, or None."""
        ...

    async def read(self, path: str, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on."""
        ...

    async def write(self, path: str, content: bytes) -> None:
        """Write a small file in one step."""
        ...
