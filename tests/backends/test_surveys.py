"""A closer look at a machine: versions, a clock between two of ours, quotas by two tools."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from podtui.backends.schedulers.base import Output
from podtui.backends.surveys import read_quotas, read_survey, survey
from podtui.domain.survey import Quota
from podtui.errors import BadAnswer

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ASKED = NOW - timedelta(seconds=8)

# As quota(1) -w -p -s and lfs-quota(1) -q -h print them.
QUOTA = """\
Disk quotas for user ann (uid 1003):
     Filesystem   space   quota   limit   grace   files   quota   limit   grace
fs1:/export/home  18432M*  18000M  20000M  1777636800   4711       0       0       0
       /dev/sdb1     40K      0K      0K       0       9     100     200       0
"""
LUSTRE = """\
 /lustre/a-very-long-name
                 1.25T       0k      2T       -   120345  900000 1000000       -
uid 1003 is using default block quota setting
"""


def at(offset: int) -> bytes:
    return f"clock={int((NOW + timedelta(seconds=offset)).timestamp())}\n".encode()


def test_quotas_of_both_tools_are_read() -> None:
    assert read_quotas([*QUOTA.splitlines(), *LUSTRE.splitlines()]) == (
        Quota("fs1:/export/home", "18432M", "18000M", "4711", "", over=True),
        Quota("/dev/sdb1", "40K", "", "9", "100", over=False),
        Quota("/lustre/a-very-long-name", "1.25T", "2T", "120345", "900000", over=False),
    )


@pytest.mark.parametrize(
    ("told", "reason"),
    [("", "not told: neither"), ("quota lfs", "none is set for you, says quota and lfs")],
)
def test_why_no_quota_is_told(told: str, reason: str) -> None:
    answer = Output(0, at(0) + f"quota=Disk quotas for user ann: none\ntold={told}\n".encode())
    assert read_survey(answer, ASKED, NOW).untold.startswith(reason)


@pytest.mark.parametrize(("offset", "ahead"), [(-3, 0), (0, 0), (60, 60), (-68, -60)])
def test_a_clock_between_question_and_answer_is_as_ours(offset: int, ahead: int) -> None:
    assert read_survey(Output(0, at(offset)), ASKED, NOW).clock_ahead == timedelta(seconds=ahead)


def test_versions_are_numbers_and_nothing_else_is_taken_for_one() -> None:
    lines = b"version=sbatch slurm-wlm 22.05.8\nversion=qsub qsub: illegal option\x1b[2J\n"
    found = read_survey(Output(0, lines + at(0)), ASKED, NOW)
    assert (found.version("sbatch"), found.version("qsub")) == ("22.05.8", "")


def test_an_answer_without_a_clock_is_none() -> None:
    with pytest.raises(BadAnswer):
        read_survey(Output(0, b"hello"), ASKED, NOW)


class ThisMachine:
    """A shell here."""

    async def run(self, argv: object, **_: object) -> Output:
        raise AssertionError(argv)

    async def script(self, text: str, **_: object) -> Output:
        done = subprocess.run(["/bin/sh", "-c", text], check=True, capture_output=True)
        return Output(done.returncode, done.stdout, done.stderr)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this machine")
async def test_a_real_shell_answers() -> None:
    found = await survey(ThisMachine(), (("sha256sum", "--version"),), lambda: datetime.now(UTC))
    assert found.version("sha256sum")
    assert found.clock_ahead is not None
    assert abs(found.clock_ahead) <= timedelta(seconds=1)
    assert bool(found.quotas) is not bool(found.untold)
