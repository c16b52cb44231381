"""Names of output files, and what each scheduler fills into them."""

from __future__ import annotations

import re

from podtui.domain.job import ScriptDialect
from podtui.domain.translate.canonical import joined
from podtui.domain.translate.dialect import OPENPBS, SGE, SLURM, TORQUE
from podtui.domain.translate.quantity import Unreadable
from podtui.domain.translate.spec import PathToken, Spec, Stream

_TOKENS: dict[ScriptDialect, dict[str, PathToken]] = {
    TORQUE: {
        "$PBS_JOBID": PathToken.JOB_ID,
        "$PBS_ARRAYID": PathToken.TASK_ID,
        "$PBS_JOBNAME": PathToken.JOB_NAME,
        "$HOME": PathToken.HOME,
        "$USER": PathToken.USER,
    },
    OPENPBS: {"^array_index^": PathToken.TASK_ID},
    SGE: {
        "$JOB_ID": PathToken.ARRAY_ID,
        "$TASK_ID": PathToken.TASK_ID,
        "$JOB_NAME": PathToken.JOB_NAME,
        "$HOSTNAME": PathToken.HOST,
        "$USER": PathToken.USER,
        "$HOME": PathToken.HOME,
    },
    SLURM: {
        "%j": PathToken.JOB_ID,
        "%A": PathToken.ARRAY_ID,
        "%a": PathToken.TASK_ID,
        "%x": PathToken.JOB_NAME,
        "%N": PathToken.HOST,
        "%u": PathToken.USER,
    },
}
_PLACES = {
    TORQUE: re.compile(r"\$\w+|\$\{\w+\}"),
    OPENPBS: re.compile(r"\^array_index\^"),
    SGE: re.compile(r"\$\w+"),
    SLURM: re.compile(r"%%|%\d*[A-Za-z]"),
}


def read_stream(text: str, dialect: ScriptDialect) -> Stream:
    """An output's path; Unreadable when it holds what only this dialect fills in."""
    host, mark, path = text.partition(":") if dialect is not SLURM else ("", "", text)
    if not mark or "/" in host:
        host, path = "", text
    parts: list[str | PathToken] = []
    at = 0
    for match in _PLACES[dialect].finditer(path):
        parts += [path[at : match.start()], _token(match[0], dialect)]
        at = match.end()
    if not path:
        raise Unreadable("no path")
    if dialect is TORQUE and path.startswith("~/"):
        return Stream(joined((PathToken.HOME, path[1:])), host)
    return Stream(joined((*parts, path[at:])), host)


def _token(text: str, dialect: ScriptDialect) -> str | PathToken:
    if text == "%%":
        return "%"
    token = _TOKENS[dialect].get(text.replace("{", "").replace("}", ""))
    if token is None:
        raise Unreadable(f"only this scheduler fills in {text}")
    return token


def write_stream(stream: Stream, spec: Spec, dialect: ScriptDialect) -> str:
    """The path as the dialect writes it; Unreadable when it cannot say it."""
    texts = {token: text for text, token in _TOKENS[dialect].items()}
    if dialect is SGE and spec.array is None:
        texts[PathToken.JOB_ID] = "$JOB_ID"
    if dialect is TORQUE:
        texts = {token: f"${{{text[1:]}}}" for token, text in texts.items()}
    path = "".join(_written(part, texts, spec, dialect) for part in stream.parts)
    filled = [texts[part] for part in stream.parts if isinstance(part, PathToken) and part in texts]
    if [found[0] for found in _PLACES[dialect].finditer(path) if found[0] != "%%"] != filled:
        raise Unreadable("what is filled in would run into what stands beside it")
    if dialect is SLURM and path.endswith("/"):
        raise Unreadable("Slurm wants a file's name, not a folder's")
    if ":" in path.partition("/")[0] and dialect is not SLURM and not stream.host:
        path = f"./{path}"
    return f"{stream.host}:{path}" if stream.host and dialect is not SLURM else path


def _written(
    part: str | PathToken, texts: dict[PathToken, str], spec: Spec, dialect: ScriptDialect
) -> str:
    if isinstance(part, PathToken):
        if part in texts:
            return texts[part]
        if part is PathToken.JOB_NAME and spec.name:
            return spec.name
        raise Unreadable(f"nothing stands for the {part.value} in a path")
    if dialect is SLURM:
        return part.replace("%", "%%")
    return part
