"""What slurmrestd answers when something failed, as podtui's errors.

The status follows the release, not the API version, and 200 may carry a failure: the numbers in
`errors[]` decide (slurm_errno.h), told as `error_number`, `error_code` or `errno`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from podtui.backends.slurmrest.values import number, part, text
from podtui.domain.text import visible
from podtui.errors import (
    BadAnswer,
    LoginRequired,
    NotFound,
    OutcomeUnknown,
    PodError,
    Refused,
    Unreachable,
)

AUTHENTICATION = 1007
UNKNOWN_JOB = 2017
ALREADY_DONE = 2021
_HELD = 2042  # "Job is in held state": said of a submit that succeeded
_NOTHING_FOUND = 9003  # the database has no such rows
_HARMLESS = frozenset({_HELD, _NOTHING_FOUND})
_NO_SUCH_JOB = ("unknown job", "invalid job id")  # v0.0.36 tells no number
_CONNECT = frozenset({1800, 1801, 1802, 1803, 5000, 5001})
_CUT = frozenset({1, 1804, 1805, 1808, 5002, 5003, 5004, 5005})  # 1: a signal no controller heard
_DATABASE = 7000
_UNSPECIFIED = -1
_LIMIT = 300  # characters of Slurm's own words

RENEW_HINT = (
    "Get a new token (`scontrol token` there) into the place the configuration names, "
    "then connect again."
)
_DAEMON_HINT = (
    "Is there a token for this cluster, and a user where it is no JWT? If so: a slurmrestd started "
    "without SLURM_JWT=daemon in its environment refuses everybody."
)


class Unspecified(Unreachable):
    """Slurm's "Unspecified error": before v0.0.39 a refused token and a dead controller alike."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The request an answer belongs to."""

    method: str
    path: str
    changes: bool = False

    @property
    def database(self) -> bool:
        """Whether slurmdbd answers, not slurmctld."""
        return self.path.startswith("slurmdb/")

    @property
    def probes(self) -> bool:
        """Whether it asks what is served at all: then 404 is an answer of slurmrestd's own."""
        return self.database or self.path.endswith("/ping/")


def complaints(rest: Mapping[str, Any]) -> tuple[tuple[int | None, str], ...]:
    """The number and the words of each error that is one."""
    errors = rest.get("errors")
    found: list[tuple[int | None, str]] = []
    for error in errors if isinstance(errors, list) else [errors] if errors else ():
        if not isinstance(error, dict):
            found.append((None, visible(str(error), _LIMIT)))
            continue
        told = (number(error.get(key)) for key in ("error_number", "error_code", "errno"))
        code = next((one for one in told if one is not None), None)
        if code in _HARMLESS:
            continue
        told_words = (error.get("error"), error.get("description"))
        parts = dict.fromkeys(word for word in told_words if isinstance(word, str) and word)
        if code or parts:
            found.append((code or None, visible(": ".join(parts), _LIMIT)))
    return tuple(found)


def submitted_id(rest: Mapping[str, Any]) -> int | None:
    """The number of a submitted job, None where there is none; up to v0.0.41 it is told twice."""
    return number(rest.get("job_id")) or number(part(rest, "result", "job_id")) or None


def submit_message(rest: Mapping[str, Any]) -> str:
    """What a site's own rules say of a submission to the person, as sbatch prints it."""
    name = "job_submit_user_msg"
    return text(rest.get(name)) or text(part(rest, "result", name))


def trouble(asked: Asked, status: int, rest: Mapping[str, Any]) -> PodError | None:
    """The error a JSON answer stands for, None when it tells success."""
    if submitted_id(rest) and asked.path.endswith("/submit"):
        return None
    found = complaints(rest)
    if not found:
        return None if status < 400 else _by_status(asked, status, "")
    code = next((code for code, _ in found if code not in (None, _UNSPECIFIED)), found[0][0])
    said = visible("; ".join(dict.fromkeys(words for _, words in found if words)), _LIMIT)
    return _by_number(asked, status, code, said or f"status {status}")


def _by_number(asked: Asked, status: int, code: int | None, said: str) -> PodError:
    if code == AUTHENTICATION or status in (401, 511):
        return LoginRequired(f"Slurm refuses the token: {said}", hint=RENEW_HINT)
    away = _away(asked, status, code, said)
    if away is not None:
        return away
    missing = code is None and any(words in said.lower() for words in _NO_SUCH_JOB)
    return NotFound(said) if missing or code == UNKNOWN_JOB or status == 404 else Refused(said)


def _away(asked: Asked, status: int, code: int | None, said: str) -> PodError | None:
    """The error of an answer that a daemon behind slurmrestd did not give."""
    if code in _CONNECT:
        return Unreachable(f"Slurm's controller is away: {said}")
    if code == _DATABASE:
        return Unreachable(f"Slurm's database is away: {said}")
    if code in _CUT and (code != 1 or asked.method == "DELETE"):
        return _lost(asked, f"Slurm's controller did not answer: {said}")
    if code == _UNSPECIFIED and status >= 500:
        told = f"Slurm's controller gave no answer: {said}"
        return OutcomeUnknown(told) if asked.changes else Unspecified(told)
    return None


def _by_status(asked: Asked, status: int, said: str) -> PodError:
    """For an answer without words of Slurm's."""
    told = f"{asked.method} {asked.path} answered {status}{': ' + said if said else ''}"
    if status in (401, 407, 511):
        hint = _DAEMON_HINT if status == 401 else RENEW_HINT
        return LoginRequired(told, hint=hint)
    if status == 403:
        return Refused(told)
    if status == 404 and asked.probes:
        return NotFound(told, hint="This slurmrestd does not serve that.")
    if status == 404:  # Slurm says with a number what it does not know: this is a gate before it
        return Unreachable(
            f"{told}: nothing there serves that now.",
            hint="podtui tries again by itself. After an upgrade of Slurm connect again: the "
            "version is then agreed on anew.",
        )
    if status >= 500:
        return _lost(asked, told)
    return Refused(told)


def sent_on(asked: Asked, url: httpx.URL, location: str) -> PodError:
    """What a redirect means: the same thing elsewhere, or a proxy's login page."""
    told = f"{asked.method} {asked.path} is sent on to"
    there = url.join(location)
    shown = visible(str(there.copy_with(query=None, fragment=None, userinfo=b"")), 200)
    if there.path.rstrip("/").endswith(f"/{asked.path}".rstrip("/")):
        return Refused(
            f"{told} {shown}.",
            title="Redirect refused",
            hint="No token travels to another address. If that is the service, set this cluster's "
            "url to it.",
        )
    return LoginRequired(
        f"{told} {shown}: something before Slurm wants another login.",
        hint="Renew the cookie or header this cluster's configuration sends along.",
    )


def _lost(asked: Asked, told: str) -> PodError:
    return OutcomeUnknown(told) if asked.changes else Unreachable(told)


def plain_trouble(asked: Asked, status: int, body: bytes) -> PodError:
    """The error of an answer that is no document: a plain refusal, a proxy's page, half an answer.

    A change whose answer says success in no form we know may have been done.
    """
    said = visible(body[:400].decode("utf-8", "replace").strip(), 200)
    if status >= 300:
        return _by_status(asked, status, "" if "<" in said[:20] else said)
    kind = OutcomeUnknown if asked.changes else BadAnswer
    return kind(f"{asked.method} {asked.path} answered no document: {said!r}")


def check_deleted(rest: Mapping[str, Any]) -> None:
    """Raise what `status[]` tells of a deleted job (v0.0.42 on; of DELETE /jobs/ since v0.0.40)."""
    told = rest.get("status")
    for one in told if isinstance(told, list) else ():
        error = one.get("error") if isinstance(one, dict) else None
        if not isinstance(error, dict):
            continue
        code = number(error.get("code"))
        if not code or code == ALREADY_DONE:
            continue
        said = visible(str(error.get("message") or error.get("string")), _LIMIT)
        raise NotFound(said) if code == UNKNOWN_JOB else Refused(said)
