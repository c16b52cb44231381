"""squeue's list: every row read, whatever is in it; what cannot be read costs itself alone."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.slurm import Slurm
from podtui.backends.schedulers.slurm_states import STATES, why
from podtui.domain.job import JobState, Scope
from podtui.errors import BadAnswer, NotFound, NotOffered, Unreachable

from .recorded import ALICE, MARK, SLURM, list_of_26, listed, record, recorded

ALL = Scope(everybody=True)


def read(output, scope=ALL):
    return SLURM.parse_list("c", scope, ALICE, output)


def one(**values):
    (job,) = read(listed(record(**values))).jobs
    return job


def test_a_recorded_list_with_hostile_names_is_read_whole():
    answer = recorded("22.05/squeue-all-states-hostile-names")
    found = read(answer)
    assert found.skipped == 0
    assert len(found.jobs) == answer.stdout.count(b"\x1em0\x1f") == 28
    jobs = {job.id: job for job in found.jobs}
    assert len(jobs) == 28
    assert jobs["46"].name == 'a\nb\tc\x1b[31m|"x"\n   JobState=FORGED\nJobId=99 x'
    assert jobs["47"].name == "n\udcff\x1fx\x1e12\x1f13"
    assert {job.user for job in found.jobs} == {"alice", "bob"}
    assert jobs["50"].reason == "Nodes it needs are down, drained, or kept for more urgent jobs."
    assert jobs["42"].attribute("ArrayTaskId") == "3-6%2"
    assert jobs["42_1"].state is JobState.RUNNING
    assert jobs["43+1"].hosts == "n3"
    assert jobs["45"].state is JobState.HELD
    assert jobs["6"].attribute("Dependency") == "afterok:3(failed)"
    assert jobs["11"].expected_start == datetime.fromtimestamp(1795320233, UTC)
    assert jobs["11"].started is None
    ended = jobs["30"]
    assert (ended.state, ended.native_state) == (JobState.FAILED, "FAILED")
    assert ended.ended - ended.started == timedelta(seconds=3)


@pytest.mark.parametrize("size", [1, 7, 100, 5000])
def test_a_list_read_while_it_is_printed_is_the_list_read_at_its_end(size):
    answer = recorded("22.05/squeue-all-states-hostile-names")
    reading = SLURM.list_reading("c", ALL, ALICE)
    for start in range(0, len(answer.stdout), size):
        reading.take(answer.stdout[start : start + size])
    assert reading.whole(answer) == read(answer)


def test_a_job_told_again_word_for_word_is_the_same_object():
    marked = "22.05/squeue-all-states-hostile-names"
    first = SLURM.list_reading("c", ALL, ALICE)
    before = first.whole(recorded(marked))
    answer = recorded(marked)
    told = answer.stdout.replace(b"RUNNING", b"STOPPED")
    again = SLURM.list_reading("c", ALL, ALICE, first.known)
    after = again.whole(Output(0, told, answer.stderr))
    assert after == read(Output(0, told, answer.stderr))
    assert after.skipped == before.skipped
    kept = [old is new for old, new in zip(before.jobs, after.jobs, strict=True)]
    assert kept == [job.native_state != "RUNNING" for job in before.jobs]
    assert {False, True} == set(kept)
    assert len(again.known) == len(after.jobs)  # what is told no more is forgotten


def test_what_was_read_of_a_list_that_failed_is_not_told():
    answer = recorded("22.05/squeue-all-states-hostile-names")
    reading = SLURM.list_reading("c", ALL, ALICE)
    reading.take(answer.stdout)
    with pytest.raises(Unreachable):
        reading.whole(Output(1, answer.stdout, b"slurm_load_jobs error: Socket timed out"))


@pytest.mark.parametrize(("name", "rows"), [("squeue-1f", 15), ("squeue-1f-r", 5)])
def test_a_list_recorded_from_the_newest_slurm_is_read_whole(name, rows):
    count, answer = list_of_26(name)
    found = read(answer)
    assert (count, len(found.jobs), found.skipped) == (rows, rows, 0)
    assert all(job.state is not JobState.UNKNOWN for job in found.jobs)
    assert all(job.submitted for job in found.jobs)


def test_times_in_slurms_own_form_are_brought_to_utc():
    east = Account("alice", timezone(timedelta(hours=9)))
    (job,) = SLURM.parse_list(
        "c", ALL, east, listed(record(submitted="2026-11-22T00:39:55", start="1795320233"))
    ).jobs
    assert job.submitted == datetime(2026, 11, 21, 15, 39, 55, tzinfo=UTC)
    assert job.started == datetime.fromtimestamp(1795320233, UTC)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"state": "PENDING", "reason": "Priority"}, JobState.QUEUED),
        ({"state": "PENDING", "reason": "JobHeldAdmin"}, JobState.HELD),
        ({"state": "PENDING", "reason": "Dependency", "priority": "0"}, JobState.HELD),
        ({"state": "RUNNING", "priority": "0"}, JobState.RUNNING),
        ({"state": "COMPLETING"}, JobState.RUNNING),
        ({"state": "OUT_OF_MEMORY"}, JobState.FAILED),
        ({"state": "SINGING"}, JobState.UNKNOWN),
    ],
)
def test_states(told, state):
    job = one(**told)
    assert (job.state, job.native_state) == (state, told["state"])


def test_an_end_that_only_slurm_has_a_word_for_is_told_in_plain_words():
    killed = one(state="OUT_OF_MEMORY")
    assert killed.reason == "Killed for memory: it used more than it asked for."
    assert one(state="NODE_FAIL").reason == "A node it ran on failed."
    assert one(state="COMPLETED", reason="None").reason == ""


def test_all_states_of_the_manual_page_have_a_meaning():
    words = """BOOT_FAIL CANCELLED COMPLETED CONFIGURING COMPLETING DEADLINE FAILED NODE_FAIL
        OUT_OF_MEMORY PENDING PREEMPTED RUNNING RESV_DEL_HOLD REQUEUE_FED REQUEUE_HOLD REQUEUED
        RESIZING REVOKED SIGNALING SPECIAL_EXIT STAGE_OUT STOPPED SUSPENDED TIMEOUT"""
    assert set(words.split()) <= set(STATES)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Resources", "Next in line; waits for nodes, cores or memory to become free."),
        ("ReqNodeNotAvail", "A node it needs is not available."),
        (
            "ReqNodeNotAvail, UnavailableNodes:n[1-2]",
            "A node it needs is not available (UnavailableNodes:n[1-2]).",
        ),
        (
            "(ReqNodeNotAvail, Reserved for maintenance)",
            "A node it needs is not available (Reserved for maintenance).",
        ),
        (
            "AssocGrpCpuLimit",
            "All jobs together are at its account's limit of cores (AssocGrpCpuLimit).",
        ),
        (
            "QOSMaxCpuPerUserLimit",
            "It is at its QOS's upper limit of cores per user (QOSMaxCpuPerUserLimit).",
        ),
        (
            "QOSMaxJobsPerUserLimit",
            "It is at its QOS's upper limit of jobs per user (QOSMaxJobsPerUserLimit).",
        ),
        ("QOSMinGRES", "It is below its QOS's lower limit of devices (QOSMinGRES)."),
        (
            "AssocMaxWallDurationPerJobLimit",
            "It is at its account's upper limit of run time per job "
            "(AssocMaxWallDurationPerJobLimit).",
        ),
        ("MoonPhase", "MoonPhase"),
    ],
)
def test_reasons_are_told_in_plain_words(reason, words):
    assert why(reason) == words
    assert one(state="PENDING", reason=reason).reason == words
    assert one(state="RUNNING", reason=reason).reason == ""


def test_a_groups_jobs_are_picked_and_a_users_are_asked_for():
    answer = listed(record(id="1", group="users"), record(id="2", group="staff"))
    assert [job.id for job in read(answer, Scope(group="staff")).jobs] == ["2"]
    assert "-u" not in SLURM.list_command(Scope(group="staff"), ALICE)[-8:]
    for scope, user in ((Scope(), "alice"), (Scope(user="bob"), "bob")):
        command = SLURM.list_command(scope, ALICE)
        assert command[command.index("squeue") :][5:7] == ("-u", user)


@pytest.mark.parametrize(
    ("output", "error"),
    [
        (recorded("26.05/ctld-down-squeue", 1), Unreachable),
        (recorded("22.05/squeue-unknown-user"), NotFound),
        (Output(127, b"", b"bash: squeue: command not found\n"), NotOffered),
        (Output(0, b"Welcome to the cluster!\n"), BadAnswer),
        (Output(1, b"", b"slurm_load_jobs error: Socket timed out on send/recv"), Unreachable),
        (Output(0, b"", b"Unable to contact slurm controller (connect failure)"), Unreachable),
    ],
)
def test_no_list_is_told_and_never_an_empty_one(output, error):
    with pytest.raises(error):
        read(output)


def test_an_empty_queue_is_empty():
    assert read(Output(0, b"")).jobs == ()


def test_a_list_cut_short_costs_its_last_row():
    whole = listed(record(id="1"), record(id="2", name="long name")).stdout
    for end in range(len(whole) - 1, whole.rindex(b"\x1e") + 4, -1):
        found = read(Output(0, whole[:end]))
        assert [job.id for job in found.jobs] == ["1"]
        assert found.skipped == 1


def test_a_name_cannot_pose_as_another_job():
    forged = f"x\n\x1eother\x1f{record(id='666', user='root')[4:]}"
    found = read(listed(record(name=forged), record(id="2")))
    assert [job.id for job in found.jobs] == ["1", "2"]
    assert Slurm().mark != Slurm().mark


_texts = st.text(st.characters(codec="utf-8")).filter(lambda text: f"\x1e{MARK}\x1f" not in text)


@given(st.lists(st.tuples(_texts, st.binary(max_size=20)), max_size=5))
def test_names_of_any_text_and_bytes_come_back(names):
    wanted = [text + raw.decode("utf-8", "surrogateescape") for text, raw in names]
    wanted = [name for name in wanted if f"\x1e{MARK}\x1f" not in name]
    found = read(listed(*(record(id=str(i + 1), name=name) for i, name in enumerate(wanted))))
    assert [job.name for job in found.jobs] == [
        name.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
        for name in wanted
    ]
    assert found.skipped == 0


@given(st.lists(st.one_of(st.binary(max_size=30), st.just(record().encode()))))
def test_no_answer_breaks_the_reading(pieces):
    stdout = b"".join(pieces)
    try:
        found = read(Output(0, stdout))
    except BadAnswer:
        return
    assert len(found.jobs) + found.skipped <= stdout.count(f"\x1e{MARK}\x1f".encode())


@given(
    st.dictionaries(
        st.sampled_from(["id", "state", "cores", "walltime", "start", "end"]), st.text()
    )
)
def test_fields_of_any_text_cost_at_most_their_row(values):
    clean = {key: text.replace("\x1f", "").replace("\x1e", "") for key, text in values.items()}
    found = read(listed(record(**clean), record(id="2")))
    assert len(found.jobs) + found.skipped == 2
    assert found.jobs[-1].id == "2"


def test_fifty_thousand_jobs_are_read_within_two_seconds_of_processor_time():
    rows = (
        record(
            id=f"9_{number}",
            state="PENDING",
            reason="Priority",
            walltime="1:00:00",
            submitted=str(1795316632 + number),
            workdir="/home/alice",
            name="sweep",
        )
        for number in range(50_000)
    )
    answer = listed(*rows)
    begin = time.process_time()
    found = read(answer)
    spent = time.process_time() - begin
    assert len(found.jobs) == 50_000
    assert spent < 2
