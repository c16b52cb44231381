"""A file from one cluster to another by way of this machine's disk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.errors import HashMismatch

if TYPE_CHECKING:
    from podtui.backends.base import Files, Progress


async def by_way_of_here(
    source: Files, path: str, target: Files, place: str, algo: str, progress: Progress
) -> str:
    """Fetch `path` into a private folder and send it on to exactly `place`; its hash.

    For clusters whose services cannot stream into each other: the file must fit on this machine.
    """
    with tempfile.TemporaryDirectory(prefix="podtui-") as folder:
        here = Path(folder) / "file"
        came = await source.download(path, here, algo, _nothing)
        went = await target.upload(here, place, algo, progress)
    if came != went:
        raise HashMismatch(f"{algo} of what came is {came}, of what went on {went}.")
    return went


def _nothing(_count: int) -> None:
    """Half the way is no progress yet."""
