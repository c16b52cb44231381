"""The tree psik_api's files are shown as: /jobs/ID/…, /logs/ID/NAME, /scripts/ID/NAME."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from podtui.backends.psik.steps import is_id
from podtui.domain.entry import Entry, EntryKind
from podtui.domain.text import visible
from podtui.errors import BadAnswer, InputError, NotFound

VIEWS = ("jobs", "logs", "scripts")
"""A job's own folder; what it printed; what psik ran for it."""
_NOT_IN_NAMES = '"\\'


@dataclass(frozen=True, slots=True)
class Location:
    """A path taken apart: `view` and `job_id` empty above a job, `inside` empty for its folder."""

    view: str = ""
    job_id: str = ""
    inside: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The whole path."""
        return "/" + "/".join(part for part in (self.view, self.job_id, *self.inside) if part)

    @property
    def name(self) -> str:
        """Its last part."""
        return posixpath.basename(self.path)


def absolute(path: str) -> str:
    """`path` made absolute: `~` and relative paths mean /jobs."""
    if path.startswith("~"):
        if path[1:2] not in ("", "/"):
            raise InputError(f"{visible(path, 80)}: psik_api has no homes of other people.")
        path = path[1:].lstrip("/")
    return posixpath.normpath("/" + posixpath.join("/jobs", path).lstrip("/"))


def locate(path: str) -> Location:
    """What `path` means; NotFound where nothing can be."""
    if "\0" in path:
        raise InputError("A path cannot hold a NUL byte.")
    if not _is_utf8(path):
        raise NotFound(f"There is no {visible(path, 200)!r} here.", title="File not found")
    parts = [part for part in absolute(path).split("/") if part]
    if not parts:
        return Location()
    view, job_id, *inside = (*parts, "") if len(parts) == 1 else parts
    if view not in VIEWS or (job_id and not is_id(job_id)):
        raise NotFound(f"There is no {visible(path, 200)!r} here.", title="File not found")
    if view != "jobs" and len(inside) > 1:
        raise NotFound(f"There is no {visible(path, 200)!r} here.", title="File not found")
    return Location(view, job_id, tuple(inside))


def check_upload(place: Location) -> str:
    """The name to upload under; InputError for one psik would put elsewhere, or misread."""
    if place.view != "jobs" or len(place.inside) != 1:
        raise InputError(
            f"{visible(place.path, 200)}: psik_api takes files into a job's own folder alone.",
            hint="Upload to /jobs/ID/NAME; pack what lies in folders. Nothing was sent.",
        )
    (name,) = place.inside
    if not name.isprintable() or any(char in name for char in _NOT_IN_NAMES):
        raise InputError(
            f"{visible(name, 80)!r} cannot be uploaded under this name: psik_api would change it.",
            hint="Rename it to letters, digits, dots and dashes. Nothing was sent.",
        )
    return name


def read_listing(answer: Any) -> tuple[Entry, ...]:
    """A folder's entries: `{name: {size, atime, mtime[, children]}}`; BadAnswer when it is none.

    `/v1` does not tell folders from files: there `kind` is OTHER until it is looked at.
    """
    if not isinstance(answer, Mapping):
        raise BadAnswer("The service's list of files is not an object.")
    return tuple(_entry(name, told) for name, told in answer.items())


def _entry(name: str, told: Any) -> Entry:
    facts = told if isinstance(told, Mapping) else {}
    if name in ("", ".", "..") or "/" in name or "\0" in name or not _is_utf8(name):
        return Entry(visible(name, 80), EntryKind.OTHER, unsafe=True)
    kind = EntryKind.OTHER
    if "children" in facts:
        kind = EntryKind.FILE if facts["children"] is False else EntryKind.FOLDER
    return Entry(name, kind, _number(facts.get("size")), _moment(facts.get("mtime")))


def _is_utf8(text: str) -> bool:
    """Whether it can stand in an address: JSON may hold halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_texts(answer: Any) -> dict[str, bytes]:
    """Logs or scripts by name: `{name: text}`; BadAnswer when it is none."""
    if not isinstance(answer, Mapping):
        raise BadAnswer("The service's logs are not an object.")
    return {
        name: text.encode("utf-8", "surrogatepass")
        for name, text in answer.items()
        if isinstance(text, str) and name not in ("", ".", "..") and "/" not in name
        if _is_utf8(name)
    }


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
