"""A file from one cluster to another by way of this machine's disk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.backends.local import LocalFiles
from podtui.errors import HashMismatch

if TYPE_CHECKING:
    from podtui.backends.base import Files, Progress


async def by_way_of_here(
    source: Files,
    path: str,
    target: Files,
    place: str,
    algo: str,
    progress: Progress,
    offset: int = 0,
) -> str:
    """Fetch `path` into a private folder and send it on to exactly `place`.

    The hash of what went on: all, or what comes behind the first `offset` bytes, which are there
    already. For clusters whose services cannot stream into each other: it must fit here.
    """
    with tempfile.TemporaryDirectory(prefix="podtui-") as folder:
        here = Path(folder) / "file"
        came = await source.download(path, here, algo, _nothing)
        kept = await LocalFiles().hash(str(here), algo)
        if came != kept:
            raise HashMismatch(f"{algo} of what came is {came}, of what was kept here {kept}.")
        return await target.upload(here, place, algo, progress, offset)


def _nothing(_count: int) -> None:
    """Half the way is no progress yet."""
