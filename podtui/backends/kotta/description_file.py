"""Job description files as the reference client takes them: JSON, or a Python literal.

Source: the README of yadudoc/kotta_client, "Submit"; its client reads the file as a literal, so
that files in the wild have single quotes, texts of several lines and trailing commas.
"""

from __future__ import annotations

import ast
import json
import re

from podtui.domain.text import visible
from podtui.errors import InputError

_ALWAYS = ("jobtype", "walltime")
_NEEDED = {
    "script": ("executable", "script", "script_name"),
    "doc_to_vec": ("input_url",),
}
_LOGIN = ("access_token", "refresh_token")
_HINT = "Nothing was sent."


def read_description(content: bytes, name: str) -> dict[str, str] | None:
    """The fields of a description file; None for a script.

    InputError, with the fields named, when the service could not take it. Comment lines at the top
    are passed over: podtui itself puts one there.
    """
    text = content.decode("utf-8", "replace").lstrip("\ufeff")
    lines = text.splitlines(keepends=True)
    while lines and lines[0].lstrip().startswith("#") and not lines[0].startswith("#!"):
        del lines[0]
    text = "".join(lines).strip()
    if not text.startswith("{"):
        return None
    told = _literal(text)
    if not isinstance(told, dict):
        raise InputError(
            f"{name} begins with a brace and is no job description.",
            title="Description not understood",
            hint="A description is a JSON object; a script begins with `#!`. Nothing was sent.",
        )
    wrong = [problem for key, value in told.items() if (problem := _problem(key, value))]
    fields = {str(key): str(value) for key, value in told.items()}
    wrong += [f"{key!r} is missing" for key in _lacking(fields)]
    if wrong:
        raise InputError(f"{name}: {'; '.join(wrong)}.", title="Description", hint=_HINT)
    return fields


def _literal(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _problem(key: object, value: object) -> str:
    """What is wrong with one field, empty when nothing is."""
    shown = visible(repr(key), 60)
    if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z]\w{0,99}", key, re.ASCII):
        return f"{shown} is no name of a field"
    if key in _LOGIN:
        return f"{shown} does not belong in a description: the login is podtui's"
    if isinstance(value, bool) or not isinstance(value, str | int) or not _is_text(str(value)):
        return f"{shown} must be a text or a number"
    if key == "walltime" and not re.fullmatch(r"\s*0*[1-9]\d{0,6}\s*", str(value), re.ASCII):
        return f"{shown} must be a whole number of minutes, not {visible(repr(value), 40)}"
    if key == "jobtype" and str(value).strip() not in _NEEDED:
        return f"{shown} must be {' or '.join(_NEEDED)}, not {visible(repr(value), 40)}"
    return ""


def _is_text(value: str) -> bool:
    return "\x00" not in value and not any(0xD800 <= ord(char) <= 0xDFFF for char in value)


def _lacking(fields: dict[str, str]) -> list[str]:
    needed = (*_ALWAYS, *_NEEDED.get(fields.get("jobtype", "").strip(), ()))
    return [key for key in needed if key not in fields]
