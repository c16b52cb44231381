"""The environment a job runs in, and what of it the server tells."""

from collections.abc import Mapping
from pathlib import Path

from podtui.demo.batch.request import Request
from podtui.demo.batch.submission import Submission

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LANGUAGE = "C.UTF-8"
_NOT_EXPORTED = {"_", "PWD", "OLDPWD", "SHLVL"}


def submitted_variables(
    request: Request, environment: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Give the user's variables their values: all of the submitter's for `-V`, then `-v`."""
    values: dict[str, str] = {}
    if request.export_all:
        values = {
            name: value
            for name, value in environment.items()
            if name not in _NOT_EXPORTED and not name.startswith(("PBS_", "BASH_FUNC_"))
        }
    for name, given in request.variables:
        if given is not None:
            values[name] = given
        elif name in environment:
            values[name] = environment[name]
    return tuple(values.items())


def _origin(submission: Submission, path: str) -> dict[str, str]:
    """Tell about the place the job was submitted from (`PBS_O_…`)."""
    return {
        "PBS_O_QUEUE": submission.queue,
        "PBS_O_HOME": str(submission.owner.home),
        "PBS_O_LOGNAME": submission.owner.user,
        "PBS_O_PATH": path,
        "PBS_O_SHELL": "/bin/bash",
        "PBS_O_LANG": _LANGUAGE,
        "PBS_O_WORKDIR": str(submission.workdir),
        "PBS_O_HOST": submission.host,
        "PBS_O_SERVER": submission.server,
    }


def variable_list(submission: Submission) -> str:
    """Write `Variable_List`; a comma within a value is escaped, as `-v` would take it again."""
    pairs = {
        **_origin(submission, SYSTEM_PATH),
        **dict(submission.variables),
    }
    return ",".join(f"{name}={value.replace(',', chr(92) + ',')}" for name, value in pairs.items())


def job_environment(
    submission: Submission, job_id: str, index: int | None, *, spool: Path, tools: Path, mark: str
) -> dict[str, str]:
    """Make the environment of one job; nothing of the pod's own goes in."""
    owner = submission.owner
    path = f"{tools}:{SYSTEM_PATH}"
    base = {
        "HOME": str(owner.home),
        "USER": owner.user,
        "LOGNAME": owner.user,
        "SHELL": "/bin/bash",
        "PATH": path,
        "LANG": _LANGUAGE,
        "ENVIRONMENT": "BATCH",
    }
    special = _torque if submission.dialect == "TRQ" else _grid_engine
    name, _, value = mark.partition("=")
    user = dict(submission.variables)
    if "PATH" in user:
        user["PATH"] = f"{tools}:{user['PATH']}"
    return {**base, **user, **special(submission, job_id, index, spool), name: value}


def _torque(submission: Submission, job_id: str, index: int | None, spool: Path) -> dict[str, str]:
    request = submission.request
    values = {
        **_origin(submission, SYSTEM_PATH),
        "PBS_JOBID": job_id,
        "PBS_JOBNAME": submission.name if index is None else f"{submission.name}-{index}",
        "PBS_QUEUE": submission.queue,
        "PBS_SERVER": submission.server,
        "PBS_ENVIRONMENT": "PBS_BATCH",
        "PBS_NODEFILE": str(spool / "nodes"),
        "PBS_NP": str(request.cores),
        "PBS_NUM_NODES": str(request.nodes),
        "PBS_NUM_PPN": str(request.chunks[0][1]),
        "PBS_NODENUM": "0",
        "PBS_VNODENUM": "0",
        "PBS_TASKNUM": "1",
    }
    if request.walltime is not None:
        values["PBS_WALLTIME"] = str(request.walltime)
    if index is not None:
        values["PBS_ARRAYID"] = str(index)
    return values


def _grid_engine(
    submission: Submission, _job_id: str, index: int | None, spool: Path
) -> dict[str, str]:
    request = submission.request
    tasks = request.tasks
    values = {
        "JOB_ID": str(submission.sequence),
        "JOB_NAME": submission.name,
        "QUEUE": submission.queue,
        "NSLOTS": str(request.cores),
        "NHOSTS": str(request.nodes),
        "NQUEUES": "1",
        "PE_HOSTFILE": str(spool / "nodes"),
        "REQUEST": submission.name,
        "RESTARTED": "0",
        "SGE_O_WORKDIR": str(submission.workdir),
        "SGE_O_HOME": str(submission.owner.home),
        "SGE_O_LOGNAME": submission.owner.user,
        "SGE_O_HOST": submission.host,
        "SGE_O_PATH": SYSTEM_PATH,
        "SGE_O_SHELL": "/bin/bash",
        "SGE_TASK_ID": "undefined" if index is None else str(index),
        "SGE_TASK_FIRST": str(tasks[0]) if tasks else "undefined",
        "SGE_TASK_LAST": str(tasks[-1]) if tasks else "undefined",
        "SGE_TASK_STEPSIZE": str(request.task_step) if tasks else "undefined",
    }
    if request.environment_name is not None:
        values["PE"] = request.environment_name.partition(" ")[0]
    return values
