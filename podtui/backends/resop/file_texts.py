"""What ResopFiles asks the shell there, and how its answers are read. GNU find, stat, df."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

from podtui.backends.schedulers.base import Output
from podtui.domain.entry import Entry, EntryKind, Space, safe_name
from podtui.domain.text import from_bytes, visible
from podtui.errors import BadAnswer, FileTrouble, NoSpace, NotFound, PodError, Refused

MOST_BYTES = 8 * 1024 * 1024
"""Of one folder's listing: about 100,000 entries."""
ENTRIES = r"%f\0%y\0%Y\0%s\0%T@\0%m\0"
"""find's -printf of one entry: name, type, type behind a link, bytes, mtime, mode in octal."""
_FIELDS = 6
_KINDS = {"f": EntryKind.FILE, "d": EntryKind.FOLDER, "l": EntryKind.LINK}
_NOWHERE = ("N", "L", "?", "l")  # %Y of a link to nothing, in a circle, or not to be looked at
_MISSING = ("no such file", "not a directory", "directory nonexistent")
_FULL = ("no space left", "quota exceeded")


def at(path: str) -> str:
    """`path`, quoted for sh."""
    return shlex.quote(path)


def listing(path: str) -> str:
    """The entries of a folder, whole or none; a byte more than MOST_BYTES says there are more."""
    return (
        f"find {at(path + '/.')} -mindepth 1 -maxdepth 1 -printf '{ENTRIES}'"
        f" | head -c {MOST_BYTES + 1}"
    )


def plain_file(path: str) -> str:
    """Sh that names the file `$f`, and ends with its reason unless it is a plain one to read."""
    return (
        f"LC_ALL=C; export LC_ALL; f={at(path)}\n"
        '[ ! -e "$f" ] || [ -f "$f" ] || { echo Not a plain file >&2; exit 1; }\n'
        'head -c 0 "$f" || exit 1'
    )


def entry_of(path: str) -> str:
    """What stands under `path`, links followed."""
    return f"find -L {at(path)} -maxdepth 0 -printf '{ENTRIES}'"


def read_entries(data: bytes) -> tuple[Entry, ...]:
    """The entries `listing` or `entry_of` printed; unsafe names are marked so."""
    fields = data.split(b"\0")
    if len(fields) % _FIELDS != 1 or fields[-1]:
        raise BadAnswer("The listing of the folder ends in the middle of an entry.")
    rows = (fields[i : i + _FIELDS] for i in range(0, len(fields) - 1, _FIELDS))
    return tuple(map(_entry, rows))


def _entry(row: list[bytes]) -> Entry:
    name = from_bytes(row[0])
    kind, behind, size, modified, mode = (part.decode("ascii", "replace") for part in row[1:])
    try:
        safe_name(name)
    except Refused:
        shown = visible(name, 80).replace("/", "∕") or "(empty)"
        return Entry(f"unsafe name refused: {shown}", EntryKind.OTHER, unsafe=True)
    try:
        return Entry(
            name,
            _KINDS.get(kind, EntryKind.OTHER),
            int(size),
            datetime.fromtimestamp(float(modified), UTC),
            int(mode, 8),
            None if kind != "l" or behind in _NOWHERE else _KINDS.get(behind, EntryKind.OTHER),
        )
    except (ValueError, OverflowError, OSError):
        raise BadAnswer(f"The entry {visible(name, 80)} cannot be read.") from None


def read_space(data: bytes) -> Space | None:
    """`df -Pk`'s last line: blocks of 1 KiB in all, used, free; None when it tells none."""
    words = data.decode("utf-8", "replace").split()
    for i in range(len(words) - 1, 2, -1):
        if words[i].endswith("%") and all(word.isdigit() for word in words[i - 3 : i]):
            return Space(free=int(words[i - 1]) * 1024, total=int(words[i - 3]) * 1024)
    return None


def missing(output: Output) -> bool:
    """Whether the command failed because nothing stands under the path."""
    return output.returncode != 0 and _says_missing(output)


def _says_missing(output: Output) -> bool:
    said = output.stderr.decode("utf-8", "replace").lower()
    return any(word in said for word in _MISSING)


def trouble(output: Output, path: str) -> PodError:
    """What a failed command says about `path`."""
    name = visible(path, 120)
    said = visible(output.stderr.decode("utf-8", "replace").strip(), 200)
    low = said.lower()
    if any(word in low for word in _FULL):
        return NoSpace(f"No space is left there for {name}: {said}")
    if _says_missing(output):
        return NotFound(f"{name} does not exist there.")
    if "permission denied" in low or "not permitted" in low or "read-only" in low:
        return FileTrouble(f"That is not allowed on {name}: {said}", title="No permission")
    return FileTrouble(f"{name}: {said or f'the command ended with {output.returncode}'}")
