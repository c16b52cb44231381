"""What a login node last told of itself: its jobs are asked for by it while it tells that anew."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from podtui.backends.schedulers.base import Output
from podtui.paths import write_private

_LARGEST = 1 << 16  # bytes: anything larger was not written by us


class LastProbe:
    """One cluster's answer to PROBE in a file, which nobody misses; both calls block."""

    def __init__(self, state: Path, cluster: str) -> None:
        self._file = state / "probes" / quote(cluster, safe="")

    def load(self) -> Output | None:
        """The answer, None where none was kept."""
        try:
            if self._file.stat().st_size <= _LARGEST:
                return Output(0, self._file.read_bytes())
        except OSError:
            pass
        return None

    def keep(self, output: Output) -> None:
        """Have it at the next start."""
        with suppress(OSError):
            write_private(self._file, output.stdout.decode("utf-8", "replace"))
