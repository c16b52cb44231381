"""Whole files through resop: piece by piece, each verified where it arrives.

A piece that is sent begins at a checked offset and may be sent again: what stands behind the
offset is cut off first. So a lost answer costs one repetition, never a doubled piece.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncGenerator

from podtui.backends.resop.file_texts import at, plain_file, trouble
from podtui.backends.resop.shell import ResopShell
from podtui.domain.text import visible
from podtui.errors import (
    BadAnswer,
    HashMismatch,
    OutcomeUnknown,
    SourceChanged,
)

SENT = 19_500
"""Bytes a piece that is sent: with its command, and in base64, below what resop takes."""
FETCHED = 512 * 1024
"""Bytes a piece that is fetched: with base64's third still in resop's first buffer of 1 MB."""
_SECONDS = 45.0
_NOT_THERE_YET = 68


async def append(shell: ResopShell, path: str, offset: int, data: bytes) -> None:
    """Put `data` behind the first `offset` bytes of `path`, and check it; 0 makes it (0600)."""
    text = f"LC_ALL=C; export LC_ALL; f={at(path)}\n"
    if offset:
        text += f'[ "$(stat -c %s "$f")" -ge {offset} ] || exit {_NOT_THERE_YET}\n'
        text += f'truncate -s {offset} "$f" || exit\n'
    else:
        text += 'umask 077; true > "$f" && chmod 600 "$f" || exit\n'
    text += (
        'printf %s "$1" | base64 -d >> "$f" || exit\n'
        f'stat -c %s "$f"; tail -c +{offset + 1} "$f" | sha256sum'
    )
    word = base64.b64encode(data).decode()
    try:
        output = await shell.script(text, timeout=_SECONDS, changes=True, word=word)
    except OutcomeUnknown:
        output = await shell.script(text, timeout=_SECONDS, changes=True, word=word)
    if output.returncode == _NOT_THERE_YET:
        raise SourceChanged(f"{visible(path, 120)} became shorter there while it was written.")
    if output.returncode:
        raise trouble(output, path)
    size, _, told = output.stdout.decode("ascii", "replace").partition("\n")
    if size != str(offset + len(data)) or told.split()[:1] != [hashlib.sha256(data).hexdigest()]:
        raise HashMismatch(f"A piece of {visible(path, 120)} did not arrive as it was sent.")


async def pieces(
    shell: ResopShell, path: str, offset: int, length: int | None = None
) -> AsyncGenerator[bytes, None]:
    """The file from `offset` on, `length` bytes of it or all; SourceChanged if it changes."""
    before: bytes | None = None
    end = None if length is None else offset + length
    while end is None or offset < end:
        step = FETCHED if end is None else min(FETCHED, end - offset)
        data, facts = await _piece(shell, path, offset, step)
        size = int(facts.split(b" ", 1)[0])
        if before not in (None, facts):
            raise SourceChanged(f"{visible(path, 120)} changed while it was read.")
        before = facts
        if len(data) != min(step, max(size - offset, 0)):
            raise SourceChanged(f"{visible(path, 120)} changed while it was read.")
        offset += len(data)
        if data:
            yield data
        if offset >= size:
            return


async def _piece(shell: ResopShell, path: str, offset: int, length: int) -> tuple[bytes, bytes]:
    """Up to `length` bytes, and size, time and place of the file, told after them."""
    cut = f'tail -c +{offset + 1} "$f" | head -c {length}'
    output = await shell.script(
        f"{plain_file(path)}\n{cut}\n"
        f"echo >&2; {cut} | sha256sum >&2; stat -L -c '%s %Y %Z %i' \"$f\" >&2",
        timeout=_SECONDS,
    )
    if output.returncode:
        raise trouble(output, path)
    lines = output.stderr.strip().splitlines()
    if len(lines) < 2 or not lines[-1].split(b" ", 1)[0].isdigit():
        raise BadAnswer(f"The cluster did not tell what {visible(path, 120)} is.")
    if lines[-2].split()[:1] != [hashlib.sha256(output.stdout).hexdigest().encode()]:
        raise HashMismatch(f"A piece of {visible(path, 120)} did not arrive as it was read there.")
    return output.stdout, lines[-1]
