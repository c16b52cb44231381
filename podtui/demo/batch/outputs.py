"""Where a job's output goes."""

from dataclasses import replace
from pathlib import Path

from podtui.demo.batch.request import Request
from podtui.demo.batch.submission import Submission, expanded


def output_paths(submission: Submission, index: int | None) -> tuple[Path, Path]:
    """Give the paths of stdout and stderr (the same one when joined the way the dialect joins).

    TORQUE: `NAME.o<seq>[-<task>]` where qsub ran, or in the home when kept (`-k`).
    Grid Engine: `NAME.o<id>[.<task>]` where the job runs.
    """
    request = submission.request
    out = _path(submission, index, request.output, "o")
    err = _path(submission, index, request.error, "e")
    if request.join == "oe":
        err = out
    elif request.join == "eo":
        out = err
    return out, err


def with_folders_marked(request: Request, base: Path, home: Path) -> Request:
    """End the output paths that are folders now with a slash, so that they stay what they are."""

    def marked(asked: str | None) -> str | None:
        if asked is None or not expanded(_without_host(asked), base, home).is_dir():
            return asked
        return asked.rstrip("/") + "/"

    return replace(request, output=marked(request.output), error=marked(request.error))


def _without_host(asked: str) -> str:
    host, colon, rest = asked.partition(":")
    return rest if colon and "/" not in host else asked


def _path(submission: Submission, index: int | None, asked: str | None, letter: str) -> Path:
    torque = submission.dialect == "TRQ"
    home = submission.owner.home
    task = "" if index is None else f"{'-' if torque else '.'}{index}"
    default = f"{submission.name}.{letter}{submission.sequence}{task}"
    base = submission.workdir if torque else submission.start_directory
    if torque and letter in submission.request.keep:
        return home / default
    if asked is None:
        return base / default
    wanted = _without_host(asked)
    path = expanded(_substituted(wanted, submission, index), base, home)
    if wanted.endswith("/"):
        return path / default
    return path.with_name(path.name + task) if torque and task else path


def _substituted(text: str, submission: Submission, index: int | None) -> str:
    """Put in the variables that may stand in a path (`$PBS_JOBID`, `$JOB_ID` and so on)."""
    task = "undefined" if index is None else str(index)
    bracket = "" if index is None else f"[{index}]"
    values = {
        "PBS_JOBID": f"{submission.sequence}{bracket}.{submission.server}",
        "PBS_JOBNAME": submission.name,
        "PBS_ARRAYID": task,
        "PBS_O_WORKDIR": str(submission.workdir),
        "JOB_ID": str(submission.sequence),
        "JOB_NAME": submission.name,
        "TASK_ID": task,
        "HOSTNAME": submission.host,
        "HOME": str(submission.owner.home),
        "USER": submission.owner.user,
    }
    for name in sorted(values, key=len, reverse=True):
        text = text.replace(f"${{{name}}}", values[name]).replace(f"${name}", values[name])
    return text
