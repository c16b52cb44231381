"""Pseudo-terminals for shells."""

import os
import pty
import termios
from collections.abc import Mapping
from contextlib import suppress

from asyncssh import constants

_INPUT = ("IGNPAR", "PARMRK", "INPCK", "ISTRIP", "INLCR", "IGNCR", "ICRNL", "IXON", "IXANY")
_LOCAL = ("ISIG", "ICANON", "ECHO", "ECHOE", "ECHOK", "ECHONL", "NOFLSH", "TOSTOP", "IEXTEN")
_OUTPUT = ("OPOST", "ONLCR", "OCRNL", "ONOCR", "ONLRET")
_CHARACTERS = ("VINTR", "VQUIT", "VERASE", "VKILL", "VEOF", "VEOL", "VSTART", "VSTOP", "VSUSP")
_DISABLED = 255  # RFC 4254, section 8: this character is not used


def open_terminal(size: tuple[int, int, int, int], modes: Mapping[int, int]) -> tuple[int, int]:
    """Make a terminal of the client's size and modes; give our end and the shell's."""
    ours, theirs = pty.openpty()
    resize(ours, size)
    _apply(theirs, modes)
    return ours, theirs


def resize(ours: int, size: tuple[int, int, int, int]) -> None:
    """Tell the terminal its size: (columns, rows, pixels across, pixels down)."""
    columns, rows = size[0], size[1]
    with suppress(OSError):
        termios.tcsetwinsize(ours, (rows, columns))


def _apply(theirs: int, modes: Mapping[int, int]) -> None:
    """Set what the client told of its own terminal (RFC 4254, section 8)."""
    found = termios.tcgetattr(theirs)
    for field, names in ((0, _INPUT), (1, _OUTPUT), (3, _LOCAL)):
        for name in names:
            value = modes.get(getattr(constants, f"PTY_{name}"))
            bit = getattr(termios, name, 0)
            if value is not None:
                found[field] = found[field] | bit if value else found[field] & ~bit
    for name in _CHARACTERS:
        value = modes.get(getattr(constants, f"PTY_{name}"))
        if value is not None:
            found[6][getattr(termios, name)] = bytes([0 if value == _DISABLED else value & 0xFF])
    termios.tcsetattr(theirs, termios.TCSANOW, found)


def foreground(ours: int) -> int | None:
    """Give the process group in the terminal's foreground."""
    try:
        return os.tcgetpgrp(ours) or None
    except OSError:
        return None
