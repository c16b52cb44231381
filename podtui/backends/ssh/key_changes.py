"""Changes to a key pair of this machine: passphrase, comment, access, names, its end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.backends.ssh.errors import local_file_errors
from podtui.backends.ssh.whole_file import replace_file
from podtui.domain.text import visible
from podtui.errors import AlreadyThere, FileTrouble, InputError, LoginRequired, NotFound

if TYPE_CHECKING:
    import asyncssh

_HALVES = ("", ".pub", "-cert.pub")


async def open_key(path: Path, passphrase: str = "") -> asyncssh.SSHKey:
    """The private key of `path`; LoginRequired when `passphrase` does not open it."""
    return await asyncio.to_thread(_open, path, passphrase)


async def change_passphrase(path: Path, old: str, new: str) -> None:
    """Lock the private key with `new` ("" leaves it unlocked); the key itself stays the same."""
    await asyncio.to_thread(_rewrite, path, old, new, lambda _key: None)


async def change_comment(path: Path, passphrase: str, comment: str) -> None:
    """Give both halves another comment; the private one holds it inside, so it is opened."""
    if not comment.isprintable():
        raise InputError("The comment of a key is one line of plain text.")

    def change(key: asyncssh.SSHKey) -> None:
        key.set_comment(comment)

    await asyncio.to_thread(_rewrite, path, passphrase, passphrase, change, True)


async def delete_pair(path: Path) -> tuple[Path, ...]:
    """Remove the pair and a certificate beside it; what was removed. The private half goes last."""
    return await asyncio.to_thread(_delete, path)


async def close_to_others(path: Path) -> None:
    """Let nobody but us read or replace the private key: mode 0600."""
    with local_file_errors(path):
        await asyncio.to_thread(os.chmod, path, 0o600)


async def rename_pair(old: Path, new: Path) -> None:
    """Give a pair another name, its certificate too; AlreadyThere when that name is taken."""
    await asyncio.to_thread(_rename, old, new)


def _open(path: Path, passphrase: str) -> asyncssh.SSHKey:
    import asyncssh

    with local_file_errors(path):
        data = path.read_bytes()
    name = visible(str(path), 120)
    try:
        return asyncssh.import_private_key(data, passphrase or None)
    except asyncssh.KeyEncryptionError:
        raise LoginRequired(
            f"That passphrase does not open {name}.",
            title="Passphrase refused",
            hint="Nothing was changed. Try again.",
        ) from None
    except asyncssh.KeyImportError as error:
        if passphrase or "passphrase" not in str(error).lower():
            raise FileTrouble(
                f"{name} cannot be opened: {visible(str(error), 120)}.",
                hint="The passphrase may be wrong, or the file damaged. Nothing was changed.",
            ) from None
        raise LoginRequired(
            f"{name} is locked with a passphrase.",
            title="Passphrase needed",
            hint="Run this where podtui can ask for it.",
        ) from None


def _rewrite(
    path: Path,
    old: str,
    new: str,
    change: Callable[[asyncssh.SSHKey], None],
    public_too: bool = False,
) -> None:
    key = _open(path, old)
    change(key)
    private = key.export_private_key("openssh", passphrase=new or None)
    replace_file(path, private, 0o600, keep_time=True)
    if public_too:
        public = path.with_name(path.name + ".pub")
        replace_file(public, key.export_public_key("openssh"), 0o644, keep_time=True)


def _delete(path: Path) -> tuple[Path, ...]:
    halves = [path.with_name(path.name + half) for half in reversed(_HALVES)]
    there = [half for half in halves if os.path.lexists(half)]
    if path not in there:
        raise NotFound(f"{visible(str(path), 120)} is not there.")
    with local_file_errors(path):
        for half in there:
            half.unlink()
    return tuple(reversed(there))


def _rename(old: Path, new: Path) -> None:
    pairs = [(old.with_name(old.name + h), new.with_name(new.name + h)) for h in _HALVES]
    pairs = [(source, target) for source, target in pairs if os.path.lexists(source)]
    for _, target in pairs:
        if os.path.lexists(target):
            raise AlreadyThere(f"{visible(str(target), 120)} exists.")
    with local_file_errors(old):
        for source, target in reversed(pairs):  # the private half, which is looked for, goes last
            source.rename(target)
