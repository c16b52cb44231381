"""A small file of JSON in the state folder: what a pane keeps from one start to the next.

JSON, because nobody edits it by hand: what one sets oneself is in the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Never

from podtui.domain.text import visible
from podtui.errors import FileTrouble
from podtui.paths import write_private

_LARGEST = 1 << 20  # bytes: anything larger was not written by us


class KeptJson:
    """Reads and writes the file; both block: call them in a thread.

    `what` is how a failure names what is in it, such as "views".
    """

    def __init__(self, path: Path, what: str) -> None:
        self._path = path
        self._what = what

    def load(self) -> Mapping[str, object] | None:
        """What was kept, None when nothing was.

        FileTrouble where the file cannot be read; what podtui has not written is moved away.
        """
        try:
            if self._path.stat().st_size > _LARGEST:
                self._set_aside("it is too large")
            data = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FileTrouble(f"{visible(str(self._path))}: {error.strerror}.") from None
        except (ValueError, RecursionError):
            self._set_aside("it is no JSON")
        if not isinstance(data, Mapping):
            self._set_aside("it is not what podtui writes")
        return data

    def save(self, data: Mapping[str, object]) -> None:
        """Write it, whole or not at all, readable by nobody else."""
        try:
            write_private(self._path, json.dumps(data, indent=1) + "\n")
        except OSError as error:
            raise FileTrouble(
                f"The {self._what} were not kept: {visible(str(self._path))}: {error.strerror}."
            ) from None

    def _set_aside(self, why: str) -> Never:
        aside = self._path.with_suffix(".unread")
        try:
            self._path.replace(aside)
        except OSError as error:
            raise FileTrouble(f"{visible(str(self._path))}: {error.strerror}.") from None
        raise FileTrouble(
            f"The kept {self._what} could not be read: {why}.",
            title=self._what.capitalize(),
            hint=f"They begin anew; the old file is {visible(str(aside))}.",
        )
