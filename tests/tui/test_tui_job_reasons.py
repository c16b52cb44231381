"""Why a key is greyed, by what the list tells of a job."""

from __future__ import annotations

import pytest

from podtui.domain.job import Job, JobKey, JobState
from podtui.domain.job_table import JobRow
from podtui.tui.panes.job_reasons import why_not


@pytest.mark.parametrize(
    "told", [("Requeue", "0"), ("Rerunable", "False"), ("JB_restart", "2")], ids=str
)
def test_a_job_told_to_run_once_cannot_be_requeued(told: tuple[str, str]) -> None:
    running = Job(JobKey("c", "1"), JobState.RUNNING, attributes=(told,))
    assert why_not("requeue", JobRow(running)).endswith("is to run once only, says its scheduler.")
    assert why_not("requeue", JobRow(Job(JobKey("c", "1"), JobState.RUNNING))) == ""
