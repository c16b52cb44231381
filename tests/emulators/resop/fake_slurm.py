"""Slurm's commands for a machine without Slurm: jobs really run, one after the other's words.

Called as sbatch, squeue, scontrol, scancel, sacct and sinfo. What they print has the form of the
answers recorded from Slurm 22.05 (tests/fixtures/slurm/22.05): whole blocks are theirs, filled in.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parents[2] / "fixtures" / "slurm" / "22.05"
STATE = Path.home() / ".fake-slurm"
_DIRECTIVE = re.compile(r"^#SBATCH\s+--?([\w-]+)[=\s]\s*(.*?)\s*$", re.MULTILINE)
_LONG = {"J": "job-name", "o": "output", "e": "error"}

_FORMATS = ("-o", "--format")
_PLAIN = "%i %P %j %u %T %D %N"

Job = dict[str, Any]


def install(folder: Path) -> None:
    """Put the commands into `folder`."""
    for name in ("sbatch", "squeue", "scontrol", "scancel", "sacct", "sinfo"):
        file = folder / name
        file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{__file__}" {name} "$@"\n')
        file.chmod(0o755)


def main(name: str, argv: list[str]) -> int:
    """Be the command `name`."""
    STATE.mkdir(exist_ok=True)
    if name == "sinfo":
        return _sinfo(argv)
    if name == "sacct":
        sys.stderr.write("Slurm accounting storage is disabled\n")
        return 1
    commands = {"sbatch": _sbatch, "squeue": _squeue, "scontrol": _scontrol, "scancel": _scancel}
    return commands[name](argv)


def _sinfo(argv: list[str]) -> int:
    if "--version" in argv:
        sys.stdout.write("slurm 22.05.8\n")
    else:
        sys.stdout.write((RECORDED / "sinfo-partitions.out").read_text())
    return 0


def _sbatch(argv: list[str]) -> int:
    path = Path(argv[-1]).absolute()
    text = path.read_text("utf-8", "replace")
    if not text.startswith("#!"):
        sys.stderr.write("sbatch: error: This does not look like a batch script.  The first\n")
        return 1
    given = {_LONG.get(name, name): value for name, value in _DIRECTIVE.findall(text)}
    number = len(list(STATE.glob("*.json"))) + 1
    folder = Path.cwd()
    out = str(folder / given.get("output", f"slurm-{number}.out").replace("%j", str(number)))
    job = {
        "id": number,
        "name": given.get("job-name", path.name),
        "comment": given.get("comment", "").strip("\"'"),
        "held": "--hold" in argv,
        "cancelled": False,
        "submitted": int(time.time()),
        "started": 0,
        "folder": str(folder),
        "out": out,
        "err": str(folder / given["error"]) if "error" in given else out,
        "pid": 0,
    }
    script = STATE / f"{number}.sh"
    script.write_text(text)
    script.chmod(0o700)
    if not job["held"]:
        _start(job)
    _keep(job)
    sys.stdout.write(f"{number}\n")
    return 0


def _start(job: Job) -> None:
    script = str(STATE / f"{job['id']}.sh")
    line = 'exec 2>&1; "$0"; echo $? >"$1.new"; mv "$1.new" "$1"'
    with Path(job["out"]).open("wb") as out:
        process = subprocess.Popen(
            ["/bin/sh", "-c", line, script, str(STATE / f"{job['id']}.exit")],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.DEVNULL,
            cwd=job["folder"],
            env={**os.environ, "SLURM_JOB_ID": str(job["id"])},
            start_new_session=True,
        )
    job["pid"], job["started"] = process.pid, int(time.time())
    process.returncode = 0  # it goes on without us


def _squeue(argv: list[str]) -> int:
    wanted = next((argv[at + 1] for at, word in enumerate(argv) if word in _FORMATS), _PLAIN)
    if not {"-h", "--noheader"} & {*argv}:
        sys.stdout.write("JOBID PARTITION NAME USER STATE NODES NODELIST\n")
    for job in _jobs():
        letters = _letters(job)
        row = "".join(letters.get(part, part) for part in re.split(r"(%\w)", wanted))
        sys.stdout.write(f"{row}\n")
    return 0


def _letters(job: Job) -> dict[str, str]:
    """What stands for each letter of squeue's -o."""
    state, reason, _ = _state(job)
    letters = {
        "i": job["id"], "A": job["id"], "K": "N/A", "T": state, "r": reason, "u": _user(),
        "g": _user(), "P": "debug", "C": 1, "l": "1:00:00", "V": job["submitted"],
        "S": job["started"] or "N/A", "e": _end(job), "Q": 0 if job["held"] else 10,
        "a": "(null)", "q": "normal", "D": 1, "E": "(null)", "N": "n1" if job["started"] else "",
        "Z": job["folder"], "j": job["name"], "k": job["comment"] or "(null)",
    }  # fmt: skip
    return {f"%{letter}": str(value) for letter, value in letters.items()}


def _end(job: Job) -> int | str:
    try:
        return int((STATE / f"{job['id']}.exit").stat().st_mtime)
    except FileNotFoundError:
        return job["submitted"] if job["cancelled"] else "N/A"


def _scontrol(argv: list[str]) -> int:
    words = [word for word in argv if not word.startswith("-")]
    if words[:2] == ["show", "node"]:
        sys.stdout.write((RECORDED / "scontrol-nodes.out").read_text())
        return 0
    job = next((one for one in _jobs() if str(one["id"]) == words[-1]), None)
    if job is None:
        sys.stderr.write("slurm_load_jobs error: Invalid job id specified\n")
        return 1
    if words[0] == "show":
        sys.stdout.write(_shown(job))
        return 0
    if words[0] == "hold":
        job["held"] = not job["started"]
    elif words[0] == "release" and job["held"]:
        job["held"] = False
        _start(job)
    _keep(job)
    return 0


def _scancel(argv: list[str]) -> int:
    job = next((one for one in _jobs() if str(one["id"]) == argv[-1]), None)
    if job is not None and _state(job)[2] is None:
        job["cancelled"] = True
        _keep(job)
        if job["pid"]:
            with suppress(ProcessLookupError):
                os.killpg(job["pid"], signal.SIGKILL)
    return 0


def _shown(job: Job) -> str:
    """The first recorded block, with this job's facts in it."""
    block = (RECORDED / "scontrol-all-jobs.out").read_text().split("\n\n")[0]
    state, reason, code = _state(job)
    facts = {
        "JobId": job["id"], "JobName": job["name"], "UserId": f"{_user()}(1001)",
        "JobState": state, "Reason": reason, "ExitCode": f"{code or 0}:0",
        "Priority": 0 if job["held"] else 1, "SubmitTime": job["submitted"],
        "StartTime": job["started"] or "Unknown",
        "EndTime": _end(job),
        "WorkDir": job["folder"], "StdOut": job["out"], "StdErr": job["err"],
    }  # fmt: skip
    for name, value in facts.items():
        block = re.sub(rf"(?m)(^|\s){name}=\S*", rf"\g<1>{name}={value}", block, count=1)
    return f"{block}\n"


def _state(job: Job) -> tuple[str, str, int | None]:
    """The word, the reason, and the exit code once it has ended."""
    if job["cancelled"]:
        return "CANCELLED", "None", 0
    if job["held"]:
        return "PENDING", "JobHeldUser", None
    with suppress(FileNotFoundError):
        code = int((STATE / f"{job['id']}.exit").read_text())
        return ("FAILED", "NonZeroExitCode", code) if code else ("COMPLETED", "None", 0)
    return "RUNNING", "None", None


def _jobs() -> list[Job]:
    found = [json.loads(file.read_text()) for file in STATE.glob("*.json")]
    return sorted(found, key=lambda job: int(job["id"]))


def _keep(job: Job) -> None:
    part = STATE / f"{job['id']}.part"
    part.write_text(json.dumps(job))
    part.replace(STATE / f"{job['id']}.json")


def _user() -> str:
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
