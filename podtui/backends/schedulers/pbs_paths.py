"""Where a job of TORQUE or OpenPBS writes its output and errors. Pure.

`Output_Path` is `host:path`. `$PBS_JOBID` and the submission's variables are put in by the
machine that runs the job (qsub's `-o`), `^array_index^` by OpenPBS for each subjob; a folder named
with a slash at its end gets `<id>.OU` and `<id>.ER` (OpenPBS's qsub page); `Keep_Files` leaves a
stream in the home of the machine that runs the job, under its default name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from podtui.backends.schedulers.pbs_values import variable

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_INDEX = re.compile(r"\[(\d+)\]")
_MARK = "^array_index^"


@dataclass(frozen=True, slots=True)
class Outputs:
    """The two files and the folder that relative names are in; empty where nobody tells."""

    stdout: str
    stderr: str
    workdir: str


def outputs(identity: str, facts: Mapping[str, str]) -> Outputs:
    """Of the job `identity` with `facts`."""
    workdir = facts.get("init_work_dir") or _submitted(facts, "PBS_O_WORKDIR")
    out = _stream("o", identity, facts, workdir)
    err = _stream("e", identity, facts, workdir)
    join = facts.get("Join_Path", "")
    if join.startswith("oe"):
        err = out
    elif join.startswith("eo"):
        out = err
    return Outputs(out, err, workdir)


def _stream(letter: str, identity: str, facts: Mapping[str, str], workdir: str) -> str:
    text = facts.get("Output_Path" if letter == "o" else "Error_Path", "")
    keep = facts.get("Keep_Files", "n")
    if letter in keep and "n" not in keep and "d" not in keep:
        sequence = identity.partition(".")[0].partition("[")[0]
        home = _submitted(facts, "PBS_O_HOME")
        if home:
            return f"{home}/{facts.get('Job_Name', '')}.{letter}{sequence}"
    path = without_host(text)
    if "$" in path or _MARK in path:
        path = _filled_in(path, identity, facts)
    if path.endswith("/"):
        path += f"{identity}.{'OU' if letter == 'o' else 'ER'}"
    if path and workdir and not path.startswith("/"):
        path = f"{workdir.rstrip('/')}/{path}"
    return path


def without_host(text: str) -> str:
    """The path of `host:path`; a colon behind a slash belongs to the path."""
    host, colon, path = text.partition(":")
    return path if colon and "/" not in host else text


def _filled_in(path: str, identity: str, facts: Mapping[str, str]) -> str:
    match = _INDEX.search(identity)
    known = {"PBS_JOBID": identity, "PBS_JOBNAME": facts.get("Job_Name", "")}
    if match is not None:
        known |= {"PBS_ARRAYID": match[1], "PBS_ARRAY_INDEX": match[1]}
        path = path.replace(_MARK, match[1])

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        told = known.get(name) or _submitted(facts, name) or _submitted(facts, f"PBS_O_{name}")
        return told or found[0]

    return _VARIABLE.sub(value, path)


def _submitted(facts: Mapping[str, str], name: str) -> str:
    return variable(facts.get("Variable_List", ""), name)
