"""One Slurm job: scontrol's and sacct's answers, and where its output is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.backends.schedulers.base import Account, Output
from podtui.backends.schedulers.slurm_accounting import FIELDS, read_accounting
from podtui.backends.schedulers.slurm_paths import output_path
from podtui.backends.schedulers.slurm_show import shown_jobs
from podtui.backends.schedulers.slurm_states import A_STEP_STARVED
from podtui.backends.schedulers.slurm_values import exit_status, number, span
from podtui.domain.job import JobState
from podtui.errors import BadAnswer, InputError, NotFound, NotOffered, Unreachable

from .recorded import ALICE, FIXTURES, SLURM, recorded


def shown(name, job_id):
    return SLURM.parse_job("c", job_id, ALICE, recorded(name))


def ended(name, job_id):
    return SLURM.parse_finished("c", job_id, ALICE, recorded(name))


@pytest.mark.parametrize(
    "path",
    [path.relative_to(FIXTURES).with_suffix("") for path in FIXTURES.glob("*/scontrol*job*.out")],
    ids=str,
)
def test_every_recorded_job_is_read_whole(path):
    answer = recorded(str(path))
    text = answer.stdout.decode("utf-8", "surrogateescape")
    jobs = shown_jobs("c", text, ALICE)
    assert len(jobs) == text.count("\n   JobState=") - text.count("JobState=FORGED")
    for job in jobs:
        assert job.state is not JobState.UNKNOWN
        assert job.user in ("alice", "bob")
        assert job.stdout.startswith("/home/")
        assert job.stderr.startswith("/home/")
        assert job.submitted
        assert job.cores
        assert job.walltime
        assert len(job.attributes) > 50


def test_a_name_that_forges_fields_and_jobs_stays_a_name():
    job = shown("22.05/scontrol-job-name-forges-fields", "46")
    assert job.name == 'a\nb\tc\x1b[31m|"x"\n   JobState=FORGED\nJobId=99 x'
    assert (job.state, job.user) == (JobState.RUNNING, "alice")
    job = shown("22.05/scontrol-job-output-pattern-not-filled-in", "35")
    assert (job.name, job.stdout) == ("x\x1e12\x1f", "/home/alice/x-n3-00035%")


def test_an_array_is_one_job_and_each_task_is_one():
    whole = shown("22.05/scontrol-array-half-begun", "42")
    assert whole.state is JobState.RUNNING
    assert whole.attribute("Parts") == "PENDING 4, RUNNING 2"
    assert whole.ended is None
    array = "26.05/scontrol-show-job-array"
    assert shown(array, "9").id == "9"
    assert shown(array, "9_3").stdout == "/home/alice/a-9_3.out"
    with pytest.raises(NotFound):
        shown(array, "9_77")
    het = shown("26.05/scontrol-show-job-het", "10")
    assert (het.id, het.name, het.attribute("Parts")) == ("10", "hetj", "RUNNING 2")


@pytest.mark.parametrize(
    ("tasks", "parts"),
    [
        ("5,7-10,12-20:2%3", "COMPLETED 1, PENDING 10"),
        ("1-50000", "COMPLETED 1, PENDING 50000"),
        ("1,3,5,...", "COMPLETED 1, PENDING ≥3"),
    ],
)
def test_the_tasks_that_wait_are_counted(tasks, parts):
    body = "\n   UserId=a(1) GroupId=a(1)\n   JobState="
    text = (
        f"JobId=9 ArrayJobId=9 ArrayTaskId={tasks} JobName=x{body}PENDING Reason=None\n\n"
        f"JobId=10 ArrayJobId=9 ArrayTaskId=2 JobName=x{body}COMPLETED Reason=None\n\n"
    )
    job = SLURM.parse_job("c", "9", ALICE, Output(0, text.encode()))
    assert (job.state, job.attribute("Parts")) == (JobState.QUEUED, parts)


def test_a_waiting_array_tells_the_pattern_of_its_outputs():
    (waiting,) = [
        job
        for job in shown_jobs("c", recorded("26.05/scontrol-show-job-array").stdout.decode(), ALICE)
        if job.state.pending
    ]
    assert waiting.stdout == waiting.stderr == "/home/alice/a-9_%a.out"
    assert waiting.reason == "As many tasks of this array run as its own limit (%) allows."


def test_how_a_job_ended():
    timeout = shown("26.05/scontrol-show-job-timeout", "1")
    assert (timeout.state, timeout.exit_status) == (JobState.TIMEOUT, 128 + 15)
    assert timeout.ended == datetime(2026, 11, 22, 0, 41, 25, tzinfo=UTC)
    failed = shown("26.05/scontrol-show-job-failed", "3")
    assert (failed.state, failed.exit_status, failed.name) == (JobState.FAILED, 3, "a[/foo]b")
    done = shown("26.05/scontrol-show-job-done", "2")
    assert (done.exit_status, done.name) == (0, "two  spaces")
    assert done.attribute("Comment") == 'done "well"'
    assert shown("26.05/scontrol-show-job-running", "7").exit_status is None


def test_a_job_the_queue_forgot_is_not_found_and_a_broken_answer_is_told():
    for output, error in (
        (recorded("26.05/scontrol-show-job-unknown", 1), NotFound),
        (Output(1, b"Job 2_99 not found\n"), NotFound),
        (Output(0, b""), NotFound),
        (Output(0, b"JobId=5 JobName=x\n   UserId=alice(1) Gro"), BadAnswer),
    ):
        with pytest.raises(error):
            SLURM.parse_job("c", "5", ALICE, output)


def test_accounting_tells_the_end_and_the_memory_of_the_steps():
    whole = ended("22.05/sacct-array-with-steps", "42")
    assert (whole.state, whole.exit_status) == (JobState.FAILED, 3)
    assert whole.attribute("Parts") == "FAILED 6"
    task = ended("22.05/sacct-array-with-steps", "42_5")
    assert task.exit_status == 3
    assert task.attribute("MaxRSS").endswith("K")
    assert task.attribute("Comment") == 'mine "x" PODTUI_TOKEN=abc1'
    assert task.started
    assert task.ended


def test_a_name_with_newlines_is_one_row_of_accounting():
    job = ended("22.05/sacct-job-name-with-newlines", "46")
    assert job.name == "a\nb\tc\x1b[31m|`x`\n   JobState=FORGED\nJobId=99 x"
    assert job.exit_status == 3
    assert job.attribute("MaxRSS")


def row(job_id, name="x", **values):
    told = {"JobID": job_id, "JobIDRaw": job_id, "State": "COMPLETED"}
    told |= {"ExitCode": "0:0", "Partition": "debug"} | values
    return "\x1f".join({**told, "JobName": name}.get(field, "") for field in FIELDS) + "\n"


def test_accounting_of_a_job_ended_by_somebody():
    answer = Output(
        0,
        (
            row("7", State="CANCELLED by 1001", ExitCode="0:15", NodeList="None assigned")
            + row("7.batch", MaxRSS="900K")
            + row("7.extern", MaxRSS="1.50M")
            + row("7.0", MaxRSS="1200K")
        ).encode(),
    )
    job = SLURM.parse_finished("c", "7", ALICE, answer)
    assert (job.state, job.native_state) == (JobState.CANCELLED, "CANCELLED by 1001")
    assert (job.exit_status, job.hosts, job.attribute("MaxRSS")) == (143, "", "1.50M")


def test_what_was_killed_for_memory_has_no_exit_status_and_says_why():
    answer = Output(0, row("7", State="OUT_OF_MEMORY", ExitCode="0:125").encode())
    told = SLURM.parse_finished("c", "7", ALICE, answer)
    text = recorded("26.05/scontrol-show-job-failed").stdout.decode()
    text = text.replace("JobState=FAILED", "JobState=OUT_OF_MEMORY").replace("=3:0", "=0:125")
    shown_there = SLURM.parse_job("c", "3", ALICE, Output(0, text.encode()))
    for job in (told, shown_there):
        assert (job.state, job.native_state) == (JobState.FAILED, "OUT_OF_MEMORY")
        assert job.exit_status is None  # 0:125 is no signal: 253 would mean nothing
        assert job.reason == "Killed for memory: it used more than it asked for."


def test_a_step_that_was_killed_for_memory_tells_why_its_job_failed():
    step = row("7.0", State="OUT_OF_MEMORY", ExitCode="0:125")
    failed = SLURM.parse_finished(
        "c", "7", ALICE, Output(0, (row("7", State="FAILED", ExitCode="1:0") + step).encode())
    )
    assert (failed.exit_status, failed.reason) == (1, A_STEP_STARVED)
    fine = SLURM.parse_finished("c", "7", ALICE, Output(0, (row("7") + step).encode()))
    assert (fine.state, fine.reason) == (JobState.COMPLETED, "")


def test_a_row_that_is_not_whole_yet_has_no_name():
    answer = Output(0, row("7", "allocation", Partition="", ExitCode="3:0").encode())
    job = SLURM.parse_finished("c", "7", ALICE, answer)
    assert (job.name, job.exit_status) == ("", 3)


@pytest.mark.parametrize(
    ("output", "error"),
    [
        (Output(1, b"", b"Slurm accounting storage is disabled\n"), NotOffered),
        (recorded("26.05/dbd-down-sacct", 1), Unreachable),
        (Output(0, b""), NotFound),
        (Output(0, b"nonsense\n"), BadAnswer),
        (Output(0, row("7").encode()[:-5]), BadAnswer),
    ],
)
def test_no_record_is_told_for_what_it_is(output, error):
    with pytest.raises(error):
        SLURM.parse_finished("c", "7", ALICE, output)


@given(st.lists(st.one_of(st.text(max_size=20), st.just(row("7")), st.just("JobId=7 JobName=a\n"))))
def test_no_answer_breaks_the_reading(pieces):
    text = "".join(pieces)
    shown_jobs("c", text, ALICE)
    read_accounting("c", text, ALICE)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x1f")))
def test_a_name_of_any_text_is_read_from_accounting(name):
    found = read_accounting("c", row("7", name) + row("8"), ALICE)
    assert {job.id: job.name for job in found.jobs} == {"7": name, "8": "x"}


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ("/h/slurm-5.out", "/h/slurm-5.out"),
        ("out-%N-%n-%t-%%-%5j-%J-%s.txt", "/h/out-n1-0-0-%-00005-5-batch.txt"),
        ("%3a", "/h/4294967294"),
        ("%x", "/h/5%j"),
        ("/dev/null", "/dev/null"),
        ("", ""),
        ("%q%", "/h/%q%"),
    ],
)
def test_what_scontrol_leaves_of_a_pattern_is_filled_in(told, path):
    fields = {"JobId": "5", "WorkDir": "/h", "BatchHost": "n1.site", "JobName": "5%j"}
    assert output_path(told, fields, folded=False) == path


def test_the_output_of_an_array_keeps_what_each_task_decides():
    fields = {"JobId": "9", "ArrayJobId": "9", "ArrayTaskId": "3-6", "WorkDir": "/h"}
    assert output_path("a-9_4294967294-%4A-%5j", fields, folded=True) == "/h/a-9_%a-0009-%5j"
    task = fields | {"JobId": "12", "ArrayTaskId": "3"}
    assert output_path("%3a-%A-%j", task, folded=False) == "/h/003-9-12"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1-02:04:00", timedelta(days=1, hours=2, minutes=4)),
        ("10:00", timedelta(minutes=10)),
        ("0:10", timedelta(seconds=10)),
        ("00:00.004", timedelta()),
        ("1:00:00", timedelta(hours=1)),
        ("UNLIMITED", None),
        ("Partition_Limit", None),
        ("NOT_SET", None),
        ("", None),
    ],
)
def test_spans(text, read):
    assert span(text) == read


def test_numbers_and_exit_codes():
    assert [number(text) for text in ("4", "2K", "", "x", "K", "-1")] == [4, 2048] + [None] * 4
    assert [exit_status(text) for text in ("3:0", "0:9", "", "1:2:3")] == [3, 137, None, None]
    assert exit_status("0:125") is None


@given(st.text(max_size=30))
def test_values_of_any_text_are_read_or_left(text):
    span(text), number(text), exit_status(text)
    Account("a")
    with_any = (
        f"JobId=1 JobName=a\n   UserId=a(1) GroupId=a(1)\n   JobState=RUNNING StartTime={text}"
    )
    shown_jobs("c", with_any, ALICE)


@pytest.mark.parametrize("job_id", ["", "x", "1;", "--all", "1 2", "1_[2-3]", "1.0", "1\n"])
def test_what_is_no_id_reaches_no_command(job_id):
    for command in (SLURM.job_command, SLURM.cancel_command, SLURM.hold_command):
        with pytest.raises(InputError):
            command(job_id)


def test_a_job_of_a_sibling_cluster_is_asked_for_there():
    assert SLURM.cancel_command("17;other")[-4:] == ("scancel", "-M", "other", "17")
    assert SLURM.job_command("17_3;other")[3:] == (
        "SLURM_TIME_FORMAT=%s", "scontrol", "-M", "other", "-a", "show", "job", "17_3",
    )  # fmt: skip


def test_a_het_job_before_20_02_is_called_a_pack():
    answer = recorded("22.05/scontrol-het")
    old = answer.stdout.replace(b"HetJob", b"PackJob")
    assert old != answer.stdout
    text = old.decode()
    assert shown_jobs("c", text, ALICE) != ()
    now = shown_jobs("c", answer.stdout.decode(), ALICE)
    assert [one.id for one in shown_jobs("c", text, ALICE)] == [one.id for one in now]
    assert [one.name for one in shown_jobs("c", text, ALICE)] == [one.name for one in now]
