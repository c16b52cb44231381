"""Staged jobs: what the columns say in each phase, and podsh's pairs."""

from datetime import UTC, datetime

import pytest

from podtui.domain.job import JobKey, JobState, ScriptDialect, StageState
from podtui.domain.staging import (
    Manner,
    StagedJob,
    StagedPhase,
    StagePair,
    parse_stage_in,
    parse_stage_out,
)
from podtui.errors import InputError

PHASES = [
    "NEW",
    "SUBMITTING",
    "UNKNOWN",
    "STAGING_IN",
    "RELEASING",
    "WATCHING",
    "STAGING_OUT",
    "DONE",
]


def job(phase=StagedPhase.NEW, **more):
    staged = {
        "stage_in": (StagePair("a", "~/a"),),
        "stage_out": (StagePair("b", "~/b"),),
    }
    return StagedJob(
        token="t",
        cluster="pod",
        filename="job.sub",
        content=b"",
        dialect=ScriptDialect.TORQUE,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        phase=phase,
        **{**staged, **more},
    )


@pytest.mark.parametrize(
    ("phases", "column", "state"),
    [
        (PHASES[:3], "in_state", StageState.WAITING),
        (PHASES[3:4], "in_state", StageState.ACTIVE),
        (PHASES[4:], "in_state", StageState.FINISHED),
        (PHASES[:6], "out_state", StageState.WAITING),
        (PHASES[6:7], "out_state", StageState.ACTIVE),
        (PHASES[7:], "out_state", StageState.FINISHED),
    ],
)
def test_the_columns_follow_the_phase(phases, column, state):
    for phase in phases:
        assert getattr(job(StagedPhase[phase]), column) is state


def test_a_job_without_files_has_empty_columns():
    for phase in StagedPhase:
        bare = job(phase, stage_in=(), stage_out=())
        assert (bare.in_state, bare.out_state) == (StageState.NONE, StageState.NONE)


def test_a_failure_stands_in_the_column_where_it_happened_and_is_forgotten_on_retry():
    failed = job(StagedPhase.STAGING_IN).failed("No space", "disk full", "free some")
    assert (failed.phase, failed.at) == (StagedPhase.FAILED, StagedPhase.STAGING_IN)
    assert (failed.in_state, failed.out_state) == (StageState.FAILED, StageState.WAITING)
    again = failed.moved(failed.at)
    assert again == job(StagedPhase.STAGING_IN)
    late = job(StagedPhase.STAGING_OUT).failed("a", "b", "c")
    assert (late.in_state, late.out_state) == (StageState.FINISHED, StageState.FAILED)


def test_a_job_waits_for_its_files_or_its_user():
    assert job().submit_held
    assert not job(stage_in=()).submit_held
    assert job(stage_in=(), hold=True).submit_held


def test_it_succeeded_when_the_job_did_and_everything_is_back():
    done = {"job_state": JobState.COMPLETED}
    assert job(StagedPhase.DONE, **done).succeeded
    assert not job(StagedPhase.DONE, job_state=JobState.FAILED).succeeded
    assert not job(StagedPhase.STAGING_OUT, **done).succeeded
    assert {p.name for p in StagedPhase if p.ended} == {"DONE", "FAILED", "CANCELLED"}


def test_it_has_a_key_once_the_scheduler_has_told_one():
    assert job().key is None
    assert job(job_id="7.pod").key == JobKey("pod", "7.pod")


@pytest.mark.parametrize(
    ("text", "local", "remote"),
    [
        ("input-data:~/data", "input-data", "~/data"),
        ("data/in.txt", "data/in.txt", "~/in.txt"),
        ("data/", "data/", "~/data"),
        ("a:", "a", "~/a"),
        ("a:b:c", "a", "b:c"),
        (".:~/here", ".", "~/here"),
    ],
)
def test_stage_in_pairs(text, local, remote):
    pair = parse_stage_in(text)
    assert (pair.local, pair.remote) == (local, remote)


@pytest.mark.parametrize(
    ("text", "remote", "local"),
    [
        ("~/job-results.log", "~/job-results.log", "job-results.log"),
        ("~/out/", "~/out/", "out"),
        ("~/out:results", "~/out", "results"),
        ("~:home", "~", "home"),
    ],
)
def test_stage_out_pairs(text, remote, local):
    pair = parse_stage_out(text)
    assert (pair.remote, pair.local) == (remote, local)


@pytest.mark.parametrize(
    "text", ["", ":x", "/", "//", "..", "a/..", "a/../", "../:x", ".", "~", "~/"]
)
@pytest.mark.parametrize("parse", [parse_stage_in, parse_stage_out])
def test_a_pair_without_a_name_to_land_under_is_refused(text, parse):
    with pytest.raises(InputError, match="is not a stage-"):
        parse(text)


@pytest.mark.parametrize(
    ("manner", "job_id", "remote", "place"),
    [
        (Manner(), "7", "~/a", "~/a"),
        (Manner(), "7", "a", "a"),
        (Manner(job_folder="/jobs/{id}"), "7", "~/a", "/jobs/7/a"),
        (Manner(job_folder="/jobs/{id}"), "7", "a/b", "/jobs/7/a/b"),
        (Manner(job_folder="/jobs/{id}"), "7", "/else/a", "/else/a"),
    ],
)
def test_a_stage_path_lies_where_the_cluster_has_its_jobs(manner, job_id, remote, place):
    assert manner.place(job_id, remote, "t") == place


def test_inputs_that_go_before_the_job_lie_apart_for_each_job():
    manner = Manner(inputs_first=True, job_folder="/jobs/{id}", input_folder="/inputs/{token}")
    assert manner.place("", "~/in.dat", "first") == "/inputs/first/in.dat"
    assert manner.place("", "in.dat", "second") == "/inputs/second/in.dat"
    assert manner.place("", "/shared/in.dat", "first") == "/shared/in.dat"
    assert manner.place("7", "~/out.dat", "first") == "/jobs/7/out.dat"
