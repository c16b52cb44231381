"""What the errors of the SSH world are called here."""

from __future__ import annotations

import socket
import subprocess
import sys

import asyncssh
import pytest

from podtui.backends.ssh.errors import remote_file_errors, ssh_errors
from podtui.errors import (
    AlreadyThere,
    BadAnswer,
    ConfigError,
    FileTrouble,
    LoginRequired,
    NoSpace,
    NotFound,
    NotOffered,
    PodError,
    Refused,
    Unreachable,
)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (asyncssh.PermissionDenied("no"), LoginRequired),
        (asyncssh.ConnectionLost("gone"), Unreachable),
        (asyncssh.KeyExchangeFailed("no cipher"), Refused),
        (asyncssh.ProtocolError("odd"), Unreachable),
        (asyncssh.ChannelOpenError(1, "no"), Unreachable),
        (asyncssh.ConfigParseError("line 3"), ConfigError),
        (socket.gaierror(-2, "Name or service not known"), Unreachable),
        (ConnectionResetError(104, "reset"), Unreachable),
        (asyncssh.SFTPNoSuchFile("no"), NotFound),
        (asyncssh.SFTPNoSuchPath("no"), NotFound),
        (asyncssh.SFTPPermissionDenied("no"), FileTrouble),
        (asyncssh.SFTPWriteProtect("no"), FileTrouble),
        (asyncssh.SFTPFailure("no"), FileTrouble),
        (asyncssh.SFTPFailure("Disk quota exceeded"), NoSpace),
        (asyncssh.SFTPQuotaExceeded("over"), NoSpace),
        (asyncssh.SFTPNoSpaceOnFilesystem("over"), NoSpace),
        (asyncssh.SFTPFileAlreadyExists("there"), AlreadyThere),
        (asyncssh.SFTPConnectionLost("gone"), Unreachable),
        (asyncssh.SFTPNoConnection("gone"), Unreachable),
        (asyncssh.SFTPOpUnsupported("no"), NotOffered),
        (asyncssh.SFTPBadMessage("odd"), BadAnswer),
    ],
)
def test_each_error_has_its_name_and_no_control_character(
    raised: Exception, told: type[PodError]
) -> None:
    with pytest.raises(told) as error, remote_file_errors("pod\x1b", "/a\x1b[2Jb"):
        raise raised
    assert type(error.value) is told
    assert "\x1b[" not in error.value.message


def test_a_bug_stays_a_bug() -> None:
    with pytest.raises(ZeroDivisionError), ssh_errors("pod"):
        raise ZeroDivisionError


def test_asyncssh_is_imported_only_when_a_connection_is_made() -> None:
    code = (
        "import sys, podtui.backends.base, podtui.backends.ssh.connection, "
        "podtui.backends.ssh.sftp, podtui.backends.ssh.local_keys; "
        "sys.exit('asyncssh' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
