"""The list: every recorded one whole, and what stands in it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from podtui.backends.schedulers import sge_rows
from podtui.backends.schedulers.base import Account
from podtui.domain.job import JobList, JobState, Scope
from podtui.errors import BadAnswer, InputError, Unreachable

from .recorded import ADAPTER, FOLDER, read_list, recorded

LISTS = sorted(path.name for path in FOLDER.glob("list-*.xml"))
TELLING = "list-arrays-errors-dependencies.xml"


@pytest.mark.parametrize("name", LISTS)
def test_every_recorded_list_is_read_whole(name: str) -> None:
    data = recorded(name)
    found = read_list(data)
    assert found.skipped == 0
    assert len(found.jobs) == data.count(b"<job_list") > 0
    assert len({job.id for job in found.jobs}) == len(found.jobs)
    assert all(job.native_state and job.name and job.user and job.cores for job in found.jobs)
    unknown = {job.native_state for job in found.jobs if job.state is JobState.UNKNOWN}
    assert unknown == ({"z"} if "outcome" in name else set())


def test_states_reasons_and_ids() -> None:
    jobs = {job.id: job for job in read_list(recorded(TELLING)).jobs}
    assert {job_id: job.state for job_id, job in jobs.items()} == {
        "3": JobState.RUNNING,
        "5.1": JobState.RUNNING,
        "5.2": JobState.RUNNING,
        "7.2": JobState.RUNNING,
        "2": JobState.HELD,
        "11": JobState.QUEUED,
        "7.3": JobState.QUEUED,
        "8": JobState.QUEUED,
        "10": JobState.QUEUED,
        "4": JobState.HELD,
        "5": JobState.QUEUED,
        "9": JobState.HELD,
    }
    assert jobs["9"].reason == "waits for job 3 to end"
    assert jobs["4"].reason == "held"
    assert jobs["2"].reason.startswith("in error")
    assert jobs["5"].attribute("tasks") == "3-10:1"
    assert jobs["11"].attribute("requested_pe") == "smp 2"
    assert (jobs["11"].cores, jobs["3"].queue, jobs["3"].hosts) == (2, "all.q", "localhost")
    assert jobs["3"].walltime == timedelta(minutes=1)


def test_times_are_the_far_clocks() -> None:
    data = recorded(TELLING)
    job = read_list(data, zone=timezone(timedelta(hours=-5))).jobs[0]
    assert job.started == datetime(2026, 11, 22, 4, 48, 42, tzinfo=UTC)
    held = next(job for job in read_list(data).jobs if job.id == "4")
    assert held.submitted == datetime(2026, 11, 21, 23, 48, 42, tzinfo=UTC)


def test_names_as_they_were_given() -> None:
    slip = "list-slip-for-less-than.xml"
    names = {job.name for job in read_list(recorded(slip)).jobs}
    assert "a<b>&|c" in names
    assert "x" * 300 in names
    forged = recorded(TELLING).replace(b">hello<", b">a%lt;b&gt;&amp;&apos;&quot;&#65;&#x42;<")
    assert read_list(forged).jobs[0].name == "a<b>&'\"AB"


def test_bytes_that_are_no_xml_cost_nothing() -> None:
    for name in (b"\x01\x1b[31m", b"lat\xe9", b"two\nlines", b"&undefined;", b"&#0;&#xFFFFFF;"):
        found = read_list(recorded(TELLING).replace(b">hello<", b">" + name + b"<"))
        assert (len(found.jobs), found.skipped) == (12, 0)
        read = found.jobs[0].name.encode("utf-8", "surrogateescape")
        assert read == name.replace(b"&#0;", b"\x00")


def test_entities_are_never_expanded() -> None:
    laughs = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    data = recorded(TELLING).replace(b"<job_info ", laughs + b"<job_info ", 1)
    assert read_list(data.replace(b">hello<", b">&b;<")).jobs[0].name == "&b;"


def test_a_scope_leaves_others_out() -> None:
    data = recorded(TELLING)
    assert {job.user for job in read_list(data, Scope()).jobs} == {"geuser1"}
    assert {job.user for job in read_list(data, Scope(user="geuser2")).jobs} == {"geuser2"}
    kept = b"".join(
        line + b"\n"
        for line in recorded("details-all-jobs.xml").splitlines()
        if b"<JB_job_number>" in line or b"<JB_group>" in line or b"</detailed_job" in line
    )
    of_group = read_list(data + kept, Scope(group="geuser2"))
    assert ({job.id for job in of_group.jobs}, of_group.skipped) == ({"4"}, 0)
    cut = read_list(data + kept[: len(kept) // 2], Scope(group="geuser2"))
    assert cut.skipped == 1


def test_a_cut_list_is_told() -> None:
    data = recorded(TELLING)
    found = read_list(data[: data.rindex(b"<JB_owner>")])
    assert (len(found.jobs), found.skipped) == (11, 1)
    between = read_list(data[: data.rindex(b"    <job_list")])
    assert (len(between.jobs), between.skipped) == (11, 1)


def test_a_list_on_one_line_and_an_empty_one_are_whole() -> None:
    data = recorded(TELLING)
    line = b"".join(part.strip() for part in data.splitlines())
    assert read_list(line) == read_list(data)
    empty = b"<?xml version='1.0'?>\n<job_info><queue_info/><job_info/></job_info>\n"
    assert read_list(empty) == JobList(())


def test_an_unreadable_row_costs_that_row() -> None:
    data = recorded(TELLING).replace(b"<JB_job_number>3<", b"<JB_job_number>three<")
    data = data.replace(b"<state>Eqw</state>", b"")
    found = read_list(data)
    assert (len(found.jobs), found.skipped) == (10, 2)


def test_no_list_at_all() -> None:
    away = recorded("list-qmaster-away.stderr.txt")
    with pytest.raises(Unreachable, match="does not answer"):
        read_list(b"", stderr=away)
    with pytest.raises(BadAnswer, match="command not found"):
        read_list(b"", stderr=b"sh: qstat: command not found")
    with pytest.raises(BadAnswer, match="nothing"):
        read_list(b"")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("hr", JobState.RUNNING),
        ("dr", JobState.RUNNING),
        ("dRr", JobState.RUNNING),
        ("Rq", JobState.QUEUED),
        ("hRwq", JobState.HELD),
        ("S", JobState.SUSPENDED),
        ("dT", JobState.SUSPENDED),
        ("tsS", JobState.SUSPENDED),
        ("EhRqw", JobState.HELD),
        ("z", JobState.UNKNOWN),
        ("d", JobState.UNKNOWN),
        ("?", JobState.UNKNOWN),
        ("rK", JobState.UNKNOWN),
        ("", JobState.UNKNOWN),
    ],
)
def test_letters(word: str, state: JobState) -> None:
    assert sge_rows.state_of(word) is state


def test_commands() -> None:
    me = Account("geuser1")
    assert ADAPTER.list_command(Scope(), me) == ("qstat", "-u", "geuser1", "-r", "-xml")
    assert ADAPTER.list_command(Scope(everybody=True), me)[2] == "*"
    for user in ("*", "a,b", "a b", "", "-xml", "a\n"):
        with pytest.raises(InputError):
            ADAPTER.list_command(Scope(user=user), Account(user))


def test_fifty_thousand_jobs() -> None:
    head, *rows = recorded(TELLING).split(b"    <job_list")
    whole = [row for row in rows if b"</job_info>" not in row and b"<tasks>" not in row]
    many = [
        b"<job_list" + row.replace(b"<JB_job_number>", b"<JB_job_number>%d" % (1000 + n), 1)
        for n in range(50_000)
        for row in [whole[n % len(whole)]]
    ]
    data = head + b"".join(many) + b"  </job_info>\n</job_info>\n"
    began = time.process_time()
    found = read_list(data)
    assert (len(found.jobs), found.skipped) == (50_000, 0)
    assert time.process_time() - began < 6  # 1.3 s where it was measured; minutes if quadratic
