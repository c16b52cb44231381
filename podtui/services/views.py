"""The job table's views, kept in a small file: columns, order, named views, recalled filters.

JSON, because nobody edits it by hand: what one sets oneself is in the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from podtui.domain.job_views import JobViews, look_data, look_from
from podtui.domain.text import visible
from podtui.errors import FileTrouble
from podtui.paths import write_private

_LARGEST = 1 << 20  # bytes: anything larger was not written by us


class ViewStore:
    """Reads and writes the file; both block: call them in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> JobViews:
        """What was kept. FileTrouble where the file cannot be read; what is no views is moved away.

        A filter is not taken up again by itself: it would hide jobs from someone who forgot it.
        """
        try:
            if self._path.stat().st_size > _LARGEST:
                return self._set_aside("it is too large")
            data = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return JobViews()
        except OSError as error:
            raise FileTrouble(f"{visible(str(self._path))}: {error.strerror}.") from None
        except (ValueError, RecursionError):
            return self._set_aside("it is no JSON")
        if not isinstance(data, Mapping):
            return self._set_aside("it is not what podtui writes")
        return _views(data)

    def save(self, views: JobViews) -> None:
        """Write them, whole or not at all, readable by nobody else."""
        data = {
            "look": look_data(replace(views.look, filter="")),
            "named": [{"name": name, **look_data(look)} for name, look in views.named],
            "recent": list(views.recent),
        }
        try:
            write_private(self._path, json.dumps(data, indent=1) + "\n")
        except OSError as error:
            raise FileTrouble(
                f"The views were not kept: {visible(str(self._path))}: {error.strerror}."
            ) from None

    def _set_aside(self, why: str) -> JobViews:
        aside = self._path.with_suffix(".unread")
        try:
            self._path.replace(aside)
        except OSError as error:
            raise FileTrouble(f"{visible(str(self._path))}: {error.strerror}.") from None
        raise FileTrouble(
            f"The kept views could not be read: {why}.",
            title="Views",
            hint=f"They begin anew; the old file is {visible(str(aside))}.",
        )


def _views(data: Mapping[str, object]) -> JobViews:
    named = {}
    entries = data.get("named")
    for entry in entries if isinstance(entries, list) else []:
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if isinstance(name, str) and name:
            named[name] = look_from(entry)
    recent = data.get("recent")
    texts = [text for text in recent if isinstance(text, str)] if isinstance(recent, list) else []
    return JobViews(
        look=replace(look_from(data.get("look")), filter=""),
        named=tuple(sorted(named.items())),
        recent=tuple(texts),
    )
