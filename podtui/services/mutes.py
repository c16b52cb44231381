"""Which jobs are muted, kept from one start to the next."""

from __future__ import annotations

from pathlib import Path

from podtui.domain.mutes import Mutes, mutes
from podtui.services.kept_json import KeptJson


class MuteStore:
    """Reads and writes the file; both block and raise as KeptJson's."""

    def __init__(self, path: Path) -> None:
        self._file = KeptJson(path, "muted jobs")

    def load(self) -> Mutes:
        """What was kept."""
        names = (self._file.load() or {}).get("muted")
        texts = names if isinstance(names, list) else []
        return mutes(name for name in texts if isinstance(name, str))

    def save(self, muted: Mutes) -> None:
        """Keep them."""
        self._file.save({"muted": list(muted.names)})
