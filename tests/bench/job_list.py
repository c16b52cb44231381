"""A list of 50,000 jobs of the real Slurm, from the command to the table, beside squeue alone.

The jobs are tasks of one held array, told one by one (`squeue -r`): Slurm folds an array that
waits into one row, and 50,000 rows that are jobs of their own would take minutes to submit. Each
run is a process of its own, which tells its time and the most memory it had.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from podtui.backends.collector import collector_at_rest
from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.slurm import Slurm
from podtui.domain.job import Scope
from podtui.domain.job_table import ClusterJobs, job_rows

JOBS = 50_000
TIMES = 7
USER = "carol"  # of the testbed; no test ends her jobs
NAME = "bench-job-list"
AS = Path(__file__).parents[1] / "testbed" / "slurm" / "as.sh"


def report() -> Iterable[str]:
    """The figures, or how to get them."""
    if subprocess.run([AS, USER, "sinfo"], capture_output=True, check=False).returncode:
        yield "job list: not measured: as root on Debian, `make testbed-up` starts the real Slurm"
        return
    _as_user("sbatch", "--hold", "-J", NAME, "-a", f"1-{JOBS}", "--wrap", "true")
    try:
        runs = [(_run("squeue"), _run("table")) for _ in range(TIMES)]
    finally:
        _as_user("scancel", "-u", USER, "-n", NAME)
    alone = statistics.median(squeue["seconds"] for squeue, _ in runs)
    whole = statistics.median(table["seconds"] for _, table in runs)
    ratio = statistics.median(table["seconds"] / squeue["seconds"] for squeue, table in runs)
    memory = max(table["megabytes"] for _, table in runs)
    yield (
        f"list of {min(table['jobs'] for _, table in runs)} jobs, command to table: {whole:.2f} s, "
        f"squeue alone {alone:.2f} s, ratio {ratio:.2f} (goal ≤ 1.5) over {TIMES} pairs; "
        f"memory {memory:.0f} MB (goal < 300)"
    )


def _as_user(*argv: str) -> bytes:
    return subprocess.run([AS, USER, *argv], check=True, stdout=subprocess.PIPE).stdout


def _run(what: str) -> dict[str, float]:
    argv = [sys.executable, "-m", "tests.bench.job_list", what]
    told: dict[str, float] = json.loads(subprocess.check_output(argv))
    return told


def _measure(what: str) -> dict[str, float]:
    scheduler, account = Slurm(), Account(USER)
    command = scheduler.list_command(Scope(), account)
    at = command.index("squeue") + 1
    begun = time.perf_counter()
    listed = _as_user(*command[:at], "-r", *command[at:])
    jobs = 0
    if what == "table":
        with collector_at_rest():  # as QueueJobs does
            found = scheduler.parse_list("slurm", Scope(), account, Output(0, listed))
        jobs = len(job_rows((ClusterJobs("slurm", found.jobs),), ()))
    seconds = time.perf_counter() - begun
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "jobs": jobs, "megabytes": kilobytes / 1024}


if __name__ == "__main__":
    json.dump(_measure(sys.argv[1]), sys.stdout)
