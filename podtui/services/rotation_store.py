"""Rotations kept on disk: each step is written down, so that any podtui can take it up again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from podtui.domain.key import PublicKey, parse_public_key
from podtui.domain.key_rotation import Place, Rotation
from podtui.errors import FileTrouble, InputError
from podtui.paths import write_private


class RotationStore:
    """One JSON file a rotation, 0600, named after the key file it replaces. No secret is in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self) -> tuple[Rotation, ...]:
        """All rotations under way, the oldest first; FileTrouble for a file nobody can read."""
        try:
            files = sorted(self._folder.glob("*.json"))
        except OSError:
            return ()
        return tuple(sorted(map(_read, files), key=lambda rotation: rotation.begun))

    def save(self, rotation: Rotation) -> None:
        """Write it down."""
        try:
            write_private(self._file(rotation.path), json.dumps(_as_json(rotation), indent=1))
        except OSError as error:
            raise FileTrouble(f"The rotation cannot be kept: {error.strerror}.") from error

    def drop(self, rotation: Rotation) -> None:
        """Forget it."""
        self._file(rotation.path).unlink(missing_ok=True)

    def _file(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.json"


def _as_json(rotation: Rotation) -> dict[str, Any]:
    return {
        "path": str(rotation.path),
        "new_path": str(rotation.new_path),
        "kept_as": str(rotation.kept_as),
        "old": rotation.old.line,
        "new": rotation.new.line if rotation.new else "",
        "begun": rotation.begun.isoformat(),
        "comment": rotation.comment,
        "places": [asdict(place) for place in rotation.places],
        "unseen": list(rotation.unseen),
        "swapped": rotation.swapped,
    }


def _read(file: Path) -> Rotation:
    try:
        told = json.loads(file.read_text("utf-8"))
        return Rotation(
            path=Path(told["path"]),
            new_path=Path(told["new_path"]),
            kept_as=Path(told["kept_as"]),
            old=parse_public_key(told["old"]),
            begun=datetime.fromisoformat(told["begun"]),
            comment=str(told["comment"]),
            new=_key(told["new"]),
            places=tuple(Place(**place) for place in told["places"]),
            unseen=tuple(told["unseen"]),
            swapped=bool(told["swapped"]),
        )
    except (OSError, ValueError, KeyError, TypeError, InputError) as error:
        raise FileTrouble(
            f"{file} does not hold a rotation that can be taken up again.",
            hint="Both keys are where they were. Remove that file, and begin anew.",
        ) from error


def _key(line: str) -> PublicKey | None:
    return parse_public_key(line) if line else None
