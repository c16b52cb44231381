"""PODShell's tables, as the PODTools guide prints them."""

from __future__ import annotations

import pytest

from podtui.cli.podsh import job_table, property_table, state_word
from podtui.cli.tables import ascii_table
from podtui.domain.job import Job, JobKey, JobState, StageState
from podtui.domain.job_table import JobRow

STATUS = """\
+-----------+---------+---------+----------+----------+---+----------+-----------+
| ID        | User    | Type    | State    | Job Name | S | Stage-in | Stage-out |
+-----------+---------+---------+----------+----------+---+----------+-----------+
| 22482.pod | travis  | COMPUTE | COMPLETE | N/A      |   | NONE     | FAILED    |
| 22708.pod | travis  | COMPUTE | COMPLETE | N/A      |   | NONE     | NONE      |
| 22709.pod | travis  | COMPUTE | COMPLETE | N/A      |   | NONE     | NONE      |
| 22710.pod | travis  | COMPUTE | COMPLETE | N/A      |   | NONE     | NONE      |
+-----------+---------+---------+----------+----------+---+----------+-----------+"""

PROPERTIES = """\
+---------------------+----------------------------------------------------+
| Property            | Value                                              |
+---------------------+----------------------------------------------------+
| ID                  | 22937.pod                                          |
| User                |                                                    |
| Type                | COMPUTE                                            |
| State               | QUEUED                                             |
| Resource_List.nodes | 1:ppn=1                                            |
| job_radix           | 0                                                  |
| job_id              | 22937.pod                                          |"""


def _job(job_id: str, **facts: object) -> Job:
    return Job(JobKey("pod", job_id), **facts)  # type: ignore[arg-type]


def test_status_is_the_guides_table():
    def ended(number: int, out: StageState = StageState.NONE) -> JobRow:
        return JobRow(_job(f"{number}.pod", state=JobState.COMPLETED, user="travis", stage_out=out))

    rows = [ended(22482, StageState.FAILED), ended(22708), ended(22709), ended(22710)]
    assert "\n".join(job_table(rows)) == STATUS


def test_one_job_is_the_guides_table():
    attributes = (
        ("Resource_List{nodes}", "1:ppn=1"),
        ("job_radix", "0"),
        ("job_id", "22937.pod"),
        ("Variable_List", "V" * 120),
    )
    lines = property_table(JobRow(_job("22937.pod", state=JobState.QUEUED, attributes=attributes)))
    shown = "\n".join(lines)
    assert shown.startswith(PROPERTIES)
    assert [line.count("V") for line in lines if "VV" in line] == [51, 50, 20]


@pytest.mark.parametrize(
    ("state", "native", "word"),
    [
        (JobState.HELD, "H", "HELD"),
        (JobState.QUEUED, "Q", "QUEUED"),
        (JobState.RUNNING, "R", "RUNNING"),
        (JobState.COMPLETED, "C", "COMPLETE"),
        (JobState.FAILED, "C", "COMPLETE"),
        (JobState.CANCELLED, "C", "COMPLETE"),
        (JobState.TIMEOUT, "C", "COMPLETE"),
        (JobState.UNKNOWN, "Odd", "ODD"),
        (JobState.UNKNOWN, "", "UNKNOWN"),
    ],
)
def test_states_are_podshells_words(state, native, word):
    assert state_word(_job("1", state=state, native_state=native)) == word


def test_a_hostile_name_breaks_no_table():
    job = _job("1", state=JobState.RUNNING, name="a\nb\x1b[31m[/red]", user="雪")
    lines = job_table([JobRow(job)])
    assert len(lines) == 5
    assert "a␊b␛[31m[/red]" in lines[3]


def test_wide_letters_keep_the_columns():
    lines = ascii_table(("A", "B"), [("雪", "x"), ("ab", "y")])
    assert lines[3:5] == ("| 雪 | x |", "| ab | y |")
