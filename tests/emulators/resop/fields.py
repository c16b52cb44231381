"""How resop reads what is posted: its fields, the characters it refuses, its command lines."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

_FORBIDDEN = "&>|;#()"


class BadBody(Exception):
    """A body that is no JSON."""


class BadInput(Exception):
    """A field that is refused; str() is the reason, empty when it was no text at all."""


def read_fields(content_type: str, body: bytes) -> dict[str, Any]:
    """JSON or a form; nothing else is looked at."""
    if content_type.startswith("application/json"):
        try:
            found = json.loads(body or b"{}")
        except ValueError:
            raise BadBody from None
        return found if isinstance(found, dict) else {}
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {}


def check(text: object) -> None:
    """BadInput for what is no text, holds an open quote, or a forbidden character."""
    if not isinstance(text, str):
        raise BadInput
    for quote, name in (('"', "double"), ("'", "single")):
        if text.count(quote) % 2:
            raise BadInput(f"InputFormatError: {name} quotes are not closed")
    for char in _FORBIDDEN:
        at = text.find(char)
        if at >= 0 and text[at - 1 : at] != "\\":
            raise BadInput(
                f"InputFormatError: character {char} not allowed, escape it with a backslash"
            )


def command_line(command: dict[str, Any], fields: dict[str, Any]) -> str:
    """The line a command becomes: its options in their own order, unknown ones passed over."""
    line = str(command["command"])
    for option, about in (command.get("options") or {}).items():
        if option in fields:
            line += f" {about['flag']} {fields[option]}"
    line += f" {fields.get('input') or ''}"
    check(line)
    return line
