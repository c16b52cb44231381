"""What of a folder failed while the rest went on: each file costs itself only."""

from __future__ import annotations

from podtui.domain.text import visible
from podtui.errors import FileTrouble, HashMismatch, NotFound, PodError, SourceChanged

OF_ONE_FILE = (FileTrouble, SourceChanged, HashMismatch, NotFound)
"""What may be wrong with one file and not with the next."""
_MOST = 100
_SHOWN = 3


class Failures:
    """The files of one folder that failed, in the order they did."""

    def __init__(self) -> None:
        self._errors: dict[str, PodError] = {}

    def __bool__(self) -> bool:
        return bool(self._errors)

    def __len__(self) -> int:
        return len(self._errors)

    def add(self, path: str, error: PodError) -> None:
        """Note one; raised at once what is about more than the file, or when there are too many."""
        if not isinstance(error, OF_ONE_FILE):
            raise error
        self._errors[path] = error
        if len(self._errors) > _MOST:
            raise self.told(f"More than {_MOST} files failed, so the rest was not tried.")

    def told(self, rest: str) -> PodError:
        """One error for them all, `rest` being what became of the others."""
        first, *more = self._errors.values()
        if not more:
            first.hint = f"{first.hint} {rest}".strip()
            return first
        shown = [
            f"{visible(path, 80)}: {error.message}"
            for path, error in list(self._errors.items())[:_SHOWN]
        ]
        left = len(self._errors) - len(shown)
        kind = type(first) if len(set(map(type, self._errors.values()))) == 1 else FileTrouble
        return kind(
            f"{len(self._errors)} files failed. {' '.join(shown)}"
            + (f" And {left} more." if left else ""),
            title="Files left behind",
            hint=rest,
        )
