"""resop's answers read: what a POST did, and what there is to run.

Wire seen at resop 22.1-beta. A command answers `{success, command, output}`, an operation
`{success, operation, output, log}`; a failed operation has its reason in `log`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from podtui.domain.operation import Operation, Option
from podtui.domain.text import visible
from podtui.errors import BadAnswer

_KEY_GONE = "Callback returned error"  # libssh2's words: the key behind the token is gone
SSH_AWAY = "SSH_UTILS_ERROR"
NOT_SENT = "Unable to send channel request"
BAD_INPUT = "InputFormatError"
_FAILED = "OperationError"
_CRASHED = "InternalError"
_BEFORE_OUTPUT = "CommandError: "


@dataclass(frozen=True, slots=True)
class Reply:
    """What a POST did; `said` is the output, or after a failure the reason."""

    succeeded: bool
    said: str
    log: tuple[str, ...] = ()
    crashed: bool = False

    @property
    def token_dead(self) -> bool:
        """Whether nothing was done, for a later login has taken this token's place."""
        return not self.succeeded and self.said.strip() == _KEY_GONE

    @property
    def away(self) -> bool:
        """Whether nothing was done, for the cluster behind the service does not answer it."""
        return not self.succeeded and self.said.startswith(SSH_AWAY)

    @property
    def bad_input(self) -> bool:
        """Whether nothing was done, for a field was refused."""
        return not self.succeeded and self.said.startswith(BAD_INPUT)


def read_reply(answer: Mapping[str, Any]) -> Reply:
    """The outcome of a command or an operation; BadAnswer when it is neither."""
    succeeded, output = answer.get("success"), answer.get("output")
    if not isinstance(succeeded, bool) or "output" not in answer:
        raise BadAnswer("resop's answer does not say whether it succeeded.")
    log = _log(answer.get("log"))
    if succeeded:
        return Reply(True, _text(output), log)
    if output in (_FAILED, _CRASHED) and "operation" in answer:
        reason = log[-1] if log else _text(output)
        said = reason.removeprefix(_BEFORE_OUTPUT)
        return Reply(False, said, log[:-1], crashed=output == _CRASHED)
    return Reply(False, _text(output), log)


def read_commands(answer: Any, group: str) -> tuple[Operation, ...]:
    """The commands of an operator; those that cannot be read are left out."""
    rows = answer if isinstance(answer, list) else []
    found = (read_command(row, group) for row in rows if isinstance(row, dict))
    return tuple(one for one in found if one is not None)


def read_command(answer: Mapping[str, Any], group: str) -> Operation | None:
    """One command with its options, each of which may stand with a value or without."""
    name = answer.get("command")
    if not isinstance(name, str) or not _plain(name):
        return None
    said = answer.get("options")
    options = [
        Option(option, _help(about))
        for option, about in (said.items() if isinstance(said, dict) else ())
        if option != "input"
    ]
    about = _text(answer.get("description"))
    return Operation(group, name, about, takes_input=True, options=tuple(options))


def read_names(answer: Any) -> tuple[str, ...]:
    """The names of an operator's operations."""
    rows = answer if isinstance(answer, list) else []
    return tuple(name for name in rows if isinstance(name, str) and _plain(name))


def read_operation(answer: Mapping[str, Any], group: str, name: str) -> Operation:
    """One operation with its options, all of which have values."""
    said = answer.get("options")
    options = said.items() if isinstance(said, dict) else ()
    return Operation(
        group,
        name,
        _text(answer.get("description")),
        options=tuple(Option(option, _text(about)) for option, about in options),
    )


def _help(about: Any) -> str:
    """`--flag: what it does`; descriptions may be lacking, null or misspelt there."""
    if not isinstance(about, dict):
        return _text(about)
    flag = _text(about.get("flag"))
    told = next((value for key, value in about.items() if key.startswith("desc") and value), "")
    return ": ".join(part for part in (flag, _text(told).strip()) if part)


def _log(log: Any) -> tuple[str, ...]:
    if isinstance(log, str):
        return (log,)
    return tuple(map(_text, log)) if isinstance(log, list) else ()


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value in (None, {}) else visible(str(value), 2000)


def _plain(name: str) -> bool:
    """Whether a name fits into an address as it is."""
    return name != "" and all(char.isalnum() or char in "-_." for char in name) and name[0] != "."
