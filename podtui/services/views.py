"""The job table's views: columns, order, named views, recalled filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from podtui.domain.job_views import JobViews, look_data, look_from
from podtui.services.kept_json import KeptJson


class ViewStore:
    """Reads and writes the file; both block and raise as KeptJson's."""

    def __init__(self, path: Path) -> None:
        self._file = KeptJson(path, "views")

    def load(self) -> JobViews:
        """What was kept.

        A filter is not taken up again by itself: it would hide jobs from someone who forgot it.
        """
        data = self._file.load()
        return JobViews() if data is None else _views(data)

    def save(self, views: JobViews) -> None:
        """Keep them."""
        self._file.save(
            {
                "look": look_data(replace(views.look, filter="")),
                "named": [{"name": name, **look_data(look)} for name, look in views.named],
                "recent": list(views.recent),
            }
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
