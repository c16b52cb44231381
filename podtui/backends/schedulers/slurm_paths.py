"""Where a Slurm job's output is, when scontrol has not said it to the end.

scontrol fills in %A, %a, %j, %u and %x, and before 23.11 leaves the rest, padded numbers too,
to slurmd (sbatch's manual page, "filename pattern").
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

_NO_TASK = "4294967294"  # how Slurm writes %a where there is no task
_PATTERN = re.compile(r"%(%|(\d{0,2})([AajJNnstux]))")


def output_path(told: str, fields: Mapping[str, str], *, folded: bool) -> str:
    """The absolute path; of an array that has not started (`folded`) a pattern with %a in it."""
    if not told or told.startswith("/dev/"):
        return told
    if folded:
        told = told.replace(_NO_TASK, "%a")
    values = _values(fields, folded=folded)

    def fill(match: re.Match[str]) -> str:
        if match[1] == "%":
            return "%"
        value = values.get(match[3], "")
        width = int(match[2] or 0)
        return value.zfill(width) if value.isdigit() and width else value or match[0]

    return posixpath.join(fields.get("WorkDir", ""), _PATTERN.sub(fill, told))


def _values(fields: Mapping[str, str], *, folded: bool) -> dict[str, str]:
    job_id = fields.get("JobId", "")
    values = {
        "A": fields.get("ArrayJobId", job_id),
        "a": fields.get("ArrayTaskId", _NO_TASK),
        "j": job_id,
        "J": job_id,
        "N": fields.get("BatchHost", "").partition(".")[0],
        "n": "0",
        "s": "batch",
        "t": "0",
        "u": fields.get("UserId", "").partition("(")[0],
        "x": fields.get("JobName", ""),
    }
    if folded:
        values |= {"a": "", "j": "", "J": ""}
    return values
