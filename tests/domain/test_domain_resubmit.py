"""A job once more: without the first one's token, with twice of what ran out."""

from __future__ import annotations

import pytest

from podtui.domain.job import Job, JobKey, JobState, ScriptDialect
from podtui.domain.ran_out import RanOut, ran_out_of
from podtui.domain.resubmit import again, without_token
from podtui.domain.script import with_token

TORQUE, SGE, SLURM = ScriptDialect.TORQUE, ScriptDialect.SGE, ScriptDialect.SLURM


def _ended(state: JobState = JobState.FAILED, native: str = "", reason: str = "") -> Job:
    return Job(JobKey("pod", "1"), state, native_state=native, reason=reason)


@pytest.mark.parametrize(
    ("job", "lack"),
    [
        (_ended(JobState.TIMEOUT), RanOut.TIME),
        (_ended(native="OUT_OF_MEMORY"), RanOut.MEMORY),
        (_ended(reason="job exceeded its walltime: walltime 61 exceeded limit 60"), RanOut.TIME),
        (_ended(native="FAILED"), None),
        (_ended(JobState.RUNNING, reason="TimeLimit"), None),
    ],
)
def test_only_what_the_scheduler_says_ran_out(job: Job, lack: RanOut | None) -> None:
    assert ran_out_of(job) is lack


@pytest.mark.parametrize(
    ("script", "dialect"),
    [
        ("#!/bin/sh\n#PBS -N x\necho\n", TORQUE),
        ("#PBS -v A=1,B=2 -N x\necho PODTUI_TOKEN=abc,\n", TORQUE),
        ("#!/bin/sh\r\n#$ -v A=1\r\n#$ -N x\r\n", SGE),
        ("#!/bin/sh\n#SBATCH -n1\nsrun x\n", SLURM),
        ('#!/bin/sh\n#SBATCH --comment="my job"\n', SLURM),
    ],
)
def test_the_token_comes_off_as_it_went_on(script: str, dialect: ScriptDialect) -> None:
    sent = with_token(script, dialect, "0123abcd").decode()
    assert sent != script
    assert without_token(sent, dialect) == script


@pytest.mark.parametrize(
    ("script", "dialect", "job", "line"),
    [
        ("#SBATCH -t 90\n", SLURM, _ended(JobState.TIMEOUT), "#SBATCH -t 03:00:00\n"),
        ("#SBATCH --mem=4G\n", SLURM, _ended(native="OUT_OF_MEMORY"), "#SBATCH --mem=8G\n"),
        ("#PBS -l mem=4gb\n", TORQUE, _ended(native="OOM killed"), "#PBS -l mem=8gb\n"),
        ("#$ -l h_rt=60\n", SGE, _ended(JobState.TIMEOUT), "#$ -l h_rt=00:02:00\n"),
        ("#SBATCH -t 90\n", SLURM, _ended(), "#SBATCH -t 90\n"),
        ("#SBATCH -n1\n", SLURM, _ended(JobState.TIMEOUT), "#SBATCH -n1\n"),
    ],
)
def test_twice_of_what_ran_out(script: str, dialect: ScriptDialect, job: Job, line: str) -> None:
    made = again(script, dialect, job)
    assert (made.before, made.script) == (script, line)
    assert bool(made.why) == (ran_out_of(job) is not None)
