"""Which texts resop takes in a field, and which it refuses; so that nothing is sent in vain.

Seen at resop 22.1-beta: every field but the input of core/run is searched for these.
"""

from __future__ import annotations

from podtui.errors import InputError

_FORBIDDEN = "&>|;#()"
_QUOTES = {'"': "double", "'": "single"}
LONGEST = 32_000
"""Bytes of a command: resop's SSH library sends no more than about 33 KB of one."""


def refusal(text: str) -> str:
    """Why resop will not take `text` in a field, empty when it will.

    A forbidden character may stand behind a backslash, which the shell there then takes away.
    """
    if "\0" in text:
        return "It holds a NUL byte."
    for quote, name in _QUOTES.items():
        if text.count(quote) % 2:
            return f"Its {name} quotes are not closed."
    for at, char in enumerate(text):
        if char in _FORBIDDEN and text[at - 1 : at] != "\\":
            return f"It holds {char!r}, which resop takes behind a backslash only."
    if len(text.encode("utf-8", "surrogateescape")) > LONGEST:
        return f"It is longer than {LONGEST:,} bytes."
    return ""


def check_value(name: str, text: str) -> None:
    """InputError when resop will not take `text` as the value of `name`."""
    if why := refusal(text):
        raise InputError(f"The value of {name} cannot be sent: {why[0].lower()}{why[1:]}")


def password_refusal(text: str) -> str:
    """Why a password cannot log in through resop: a backslash would become part of it."""
    found = [char for char in _FORBIDDEN if char in text]
    if found:
        return f"it holds {found[0]!r}, which resop does not let through"
    if why := refusal(text):
        return f"{why[0].lower()}{why[1:].rstrip('.')}"
    return ""
