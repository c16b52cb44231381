"""The one place where asyncssh's and the system's errors become PodErrors."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.domain.text import visible
from podtui.errors import (
    AlreadyThere,
    BadAnswer,
    ConfigError,
    FileTrouble,
    HostKeyChanged,
    LoginRequired,
    NoSpace,
    NotFound,
    NotOffered,
    PodError,
    Refused,
    Unreachable,
)

if TYPE_CHECKING:
    import asyncssh

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_WORDS = ("quota", "no space", "disk full")


@contextmanager
def ssh_errors(host: str) -> Iterator[None]:
    """Raise a PodError for whatever asyncssh or the network raises while we talk to `host`."""
    try:
        yield
    except PodError:
        raise
    except Exception as error:
        told = from_ssh(error, host)
        if told is None:
            raise
        raise told from error


@contextmanager
def remote_file_errors(host: str, path: str) -> Iterator[None]:
    """As `ssh_errors`, with the remote `path` in what is told about files."""
    import asyncssh

    try:
        with ssh_errors(host):
            yield
    except asyncssh.SFTPError as error:
        raise from_sftp(error, host, path) from error


@contextmanager
def local_file_errors(path: Path) -> Iterator[None]:
    """Raise NoSpace or FileTrouble for what this machine says about `path`."""
    try:
        yield
    except OSError as error:
        raise local_trouble(error, str(path)) from error


def local_trouble(error: OSError, path: str) -> PodError:
    """NoSpace or FileTrouble for what this machine says about `path`."""
    kind = NoSpace if error.errno in _FULL else FileTrouble
    return kind(f"{visible(path, 120)} on this machine: {error.strerror or error}.")


def from_ssh(error: Exception, host: str) -> PodError | None:
    """What `error` means for the connection to `host`; None when it is not about SSH."""
    import asyncssh

    if isinstance(error, asyncssh.SFTPError):
        return None
    reason = _reason(error)
    told: tuple[tuple[type[Exception], PodError], ...] = (
        (
            asyncssh.PermissionDenied,
            LoginRequired(
                f"{host} refused every way to log in that podtui could offer.",
                hint="Check the user name and the key of this cluster (identity_file, agent), "
                "then connect again.",
            ),
        ),
        (
            asyncssh.HostKeyNotVerifiable,
            HostKeyChanged(f"{host}: {reason}.", title="HOST KEY REFUSED"),
        ),
        (
            asyncssh.ConfigParseError,
            ConfigError(f"The SSH configuration cannot be read: {reason}"),
        ),
        (
            asyncssh.KeyExchangeFailed,
            Refused(f"{host} and podtui share no way to encrypt: {reason}"),
        ),
        (asyncssh.ChannelOpenError, Unreachable(f"{host} opened no channel: {reason}")),
        (asyncssh.Error, Unreachable(f"The connection to {host} ended: {reason}")),
        (OSError, Unreachable(f"{host} cannot be reached: {reason}")),
        (EOFError, Unreachable(f"The connection to {host} ended.")),
    )
    return next((pod for kind, pod in told if isinstance(error, kind)), None)


def from_sftp(error: asyncssh.SFTPError, host: str, path: str) -> PodError:
    """What the server's refusal of a file operation means."""
    import asyncssh as lib

    name, reason = visible(path, 120), _reason(error)
    if any(word in reason.lower() for word in _FULL_WORDS):
        return NoSpace(f"{host} has no space left for {name}: {reason}")
    told: tuple[tuple[tuple[type[Exception], ...], PodError], ...] = (
        (
            (lib.SFTPNoSuchFile, lib.SFTPNoSuchPath),
            NotFound(f"{name} does not exist on {host}."),
        ),
        (
            (lib.SFTPPermissionDenied, lib.SFTPWriteProtect),
            FileTrouble(f"{host} does not allow that on {name}.", title="No permission"),
        ),
        (
            (lib.SFTPNoSpaceOnFilesystem, lib.SFTPQuotaExceeded),
            NoSpace(f"{host} has no space left for {name}: {reason}"),
        ),
        ((lib.SFTPFileAlreadyExists,), AlreadyThere(f"{name} exists on {host} already.")),
        (
            (lib.SFTPConnectionLost, lib.SFTPNoConnection),
            Unreachable(f"The connection to {host} was cut while it worked on {name}."),
        ),
        ((lib.SFTPOpUnsupported,), NotOffered(f"{host} cannot do that with {name}: {reason}")),
        ((lib.SFTPBadMessage,), BadAnswer(f"{host} answered nonsense about {name}: {reason}")),
    )
    other = FileTrouble(f"{host} could not do that with {name}: {reason}")
    return next((pod for kinds, pod in told if isinstance(error, kinds)), other)


def _reason(error: Exception) -> str:
    told = getattr(error, "reason", "") or getattr(error, "strerror", "") or str(error)
    return visible(str(told or type(error).__name__), 200)
