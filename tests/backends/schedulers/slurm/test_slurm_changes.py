"""Submitting, finding again and changing jobs; partitions and nodes; a shell beside a job."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.backends.schedulers.base import Output
from podtui.backends.schedulers.slurm import Slurm
from podtui.domain.job import Job, JobKey, JobState
from podtui.errors import (
    BadAnswer,
    InputError,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    PodError,
    Refused,
    Unreachable,
)

from .recorded import MARK, SLURM, recorded

SBATCH_NO = {  # recorded exit codes
    "bad-dependency": 1,
    "bad-gres": 1,
    "bad-option": 255,
    "bad-time": 255,
    "empty": 1,
    "enforced-too-long": 1,
    "enforced-too-many-cpus": 1,
    "no-shebang": 1,
    "too-much-memory": 1,
    "wrong-account": 1,
    "wrong-partition": 1,
    "wrong-qos": 1,
}


@pytest.mark.parametrize(
    ("output", "job_id"),
    [
        (recorded("26.05/sbatch-parsable"), "183"),
        (recorded("26.05/sbatch-too-many-cpus"), "184"),
        (recorded("26.05/sbatch-ok"), "182"),
        (Output(0, b"Your job was checked.\n17\n"), "17"),
        (Output(0, b"18;testbed\n", b"sbatch: error: a plugin grumbles\n"), "18;testbed"),
        (Output(3, b"17\n"), "17"),
    ],
)
def test_the_id_is_read_whatever_stands_around_it(output, job_id):
    assert SLURM.parse_submit(output) == job_id


@pytest.mark.parametrize("name", SBATCH_NO)
def test_a_refused_submission_tells_slurms_own_reason(name):
    output = recorded(f"26.05/sbatch-{name}", SBATCH_NO[name])
    with pytest.raises(Refused) as caught:
        SLURM.parse_submit(output)
    assert caught.value.message.startswith("sbatch: ")


@pytest.mark.parametrize(
    ("output", "error"),
    [
        (recorded("26.05/ctld-down-sbatch", 1), Unreachable),
        (Output(127, b"", b"sbatch: command not found"), NotOffered),
        (Output(0, b""), OutcomeUnknown),
        (Output(-9, b""), OutcomeUnknown),
        (Output(1, b""), OutcomeUnknown),
        (Output(1, b"", b"sbatch: error: Batch job submission failed: Socket timed out on "
                b"send/recv operation"), OutcomeUnknown),
        (Output(1, b"", b"sbatch: error: Batch job submission failed: Zero Bytes were "
                b"transmitted or received"), OutcomeUnknown),
        (Output(1, b"", b"sbatch: error: Batch job submission failed: Unable to contact slurm "
                b"controller (receive failure)"), OutcomeUnknown),
    ],
)  # fmt: skip
def test_what_may_have_been_submitted_is_never_called_refused(output, error):
    with pytest.raises(error) as caught:
        SLURM.parse_submit(output)
    assert type(caught.value) is error


def test_nothing_takes_the_token_out_of_a_submission():
    command = SLURM.submit_command("/home/alice/-x.sh", hold=True)
    assert command[-4:] == ("--parsable", "--hold", "--", "/home/alice/-x.sh")
    assert "SBATCH_COMMENT" in command
    assert "--hold" not in SLURM.submit_command("/x.sh", hold=False)


def test_a_job_is_found_by_its_token_once():
    found = recorded("22.05/find-token-queue-and-accounting")
    ids = SLURM.parse_find("abc1", found)
    assert len(ids) == len(set(ids))
    assert "42" in ids
    assert not [job_id for job_id in ids if not job_id.isdigit()]
    assert SLURM.parse_find("het1", found) == ("43", "32", "28")
    assert SLURM.parse_find("abc", found) == ()


def answer(queue=b"", accounting=b"", code=0, said=b""):
    mark = MARK.encode()
    stdout = queue + b"\x1e" + mark + b"\x1fqueue\n" + accounting
    return Output(code, stdout, mark + b"\n" + said)


def test_accounting_finds_what_the_queue_forgot():
    ended = answer(accounting=b"7\x1fPODTUI_TOKEN=aa mine\n\nx\n8_3\x1fPODTUI_TOKEN=bb\n")
    assert SLURM.parse_find("aa", ended) == ("7",)
    assert SLURM.parse_find("bb", ended) == ("8",)


def test_only_a_whole_look_may_say_there_is_none():
    disabled = answer(code=1, said=b"Slurm accounting storage is disabled\n")
    assert SLURM.parse_find("t", disabled) == ()
    queue = f"\x1e{MARK}\x1f7\x1fPODTUI_TOKEN=aa\n".encode()
    down = recorded("26.05/dbd-down-sacct").stderr
    assert SLURM.parse_find("aa", answer(queue, code=1, said=down)) == ("7",)
    for output in (
        answer(queue, code=1, said=down),
        recorded("26.05/ctld-down-squeue", 1),
        Output(0, b""),
        Output(0, queue),
    ):
        with pytest.raises((Unreachable, BadAnswer)):
            SLURM.parse_find("t", output)


def test_only_a_token_is_looked_for():
    assert "PODTUI_TOKEN=ab1" in SLURM.find_command("ab1")[-1]
    with pytest.raises(InputError):
        SLURM.find_command("x; rm -rf ~")


@given(st.binary(max_size=60))
def test_no_answer_breaks_the_search(stdout):
    for output in (Output(0, stdout), answer(stdout, stdout)):
        try:
            assert SLURM.parse_find("t", output) == ()
        except PodError:
            assert output.stdout == stdout


@pytest.mark.parametrize(
    ("output", "error"),
    [
        (recorded("26.05/scancel-other-user", 210), Refused),
        (recorded("26.05/scontrol-hold-other-user", 1), Refused),
        (recorded("26.05/scontrol-hold-unknown", 1), NotFound),
        (recorded("26.05/scontrol-update-finished", 1), Refused),
        (recorded("26.05/ctld-down-scancel", 8), Unreachable),
        (Output(0, b"", b"scancel: error: Kill job error on job id 9: Invalid job id"), NotFound),
        (Output(1, b"", b"2_1-6: Job has already finished\n"), Refused),
        (Output(1, b"", b"slurm_suspend error: Unexpected message received"), OutcomeUnknown),
        (Output(-1, b""), OutcomeUnknown),
    ],
)
def test_a_change_that_failed_is_told(output, error):
    with pytest.raises(error) as caught:
        SLURM.check_change("9", output)
    assert type(caught.value) is error


def test_a_change_that_succeeded_says_nothing():
    SLURM.check_change("9", Output(0, b""))
    SLURM.check_change("9", recorded("26.05/scancel-pending"))


def test_partitions():
    debug, batch, closed = SLURM.parse_queues(recorded("22.05/sinfo-partitions"))
    assert (debug.name, debug.default, debug.open, debug.cores) == ("debug", True, True, 32)
    assert debug.cores_free is not None
    assert debug.cores_free < 32
    assert (batch.default, str(batch.max_walltime)) == (False, "2 days, 0:00:00")
    assert (closed.open, closed.state) == (False, "down")


def test_a_partition_told_in_several_rows_is_one():
    rows = b"a\x1fa*\x1fup\x1finfinite\x1f5/11/0/16\na\x1fa*\x1fup\x1finfinite\x1f0/8/0/8\n?\n"
    (queue,) = SLURM.parse_queues(Output(0, rows))
    assert (queue.cores, queue.cores_free, queue.max_walltime) == (24, 19, None)


def test_nodes():
    nodes = SLURM.parse_nodes(recorded("22.05/scontrol-nodes"))
    assert [node.name for node in nodes] == ["n1", "n2", "n3", "n4"]
    first = nodes[0]
    assert (first.cores, first.memory, first.usable) == (8, 8000, True)
    assert first.cores_free is not None
    assert first.queues == ("debug", "batch", "closed")
    text = recorded("26.05/scontrol-show-node").stdout.replace(b"\n   ", b" ")
    (gpu,) = SLURM.parse_nodes(Output(0, text))
    assert (gpu.cores_free, gpu.memory_free) == (0, 7000)
    assert gpu.properties == ("gpu", "a100", "gpu:a100:4")


@pytest.mark.parametrize(
    ("state", "usable"),
    [
        ("IDLE", True),
        ("MIXED+CLOUD", True),
        ("IDLE+CLOUD+POWERED_DOWN", True),
        ("IDLE+DRAIN", False),
        ("DOWN*", False),
        ("MIXED*", False),
        ("ALLOCATED+MAINTENANCE", False),
    ],
)
def test_a_node_takes_jobs_or_not(state, usable):
    line = (
        f"NodeName=n9 CPUAlloc=1 CPUTot=4 RealMemory=100 AllocMem=10 State={state} OS=Linux 6 x\n"
    )
    (node,) = SLURM.parse_nodes(Output(0, line.encode()))
    assert (node.usable, node.cores_free) == (usable, 3 if usable else 0)


@given(st.binary(max_size=80))
def test_no_answer_breaks_partitions_and_nodes(stdout):
    for read in (SLURM.parse_queues, SLURM.parse_nodes):
        try:
            read(Output(0, stdout))
        except BadAnswer:
            assert stdout.strip()


def test_a_controller_away_is_not_a_cluster_without_nodes():
    for read in (SLURM.parse_queues, SLURM.parse_nodes):
        with pytest.raises(Unreachable):
            read(recorded("26.05/ctld-down-sinfo", 1))
        assert read(Output(0, b"")) == ()


def test_a_shell_is_opened_beside_a_running_task():
    task = Job(JobKey("c", "9_3"), JobState.RUNNING, attributes=(("JobId", "20"),))
    assert SLURM.shell_command(task) == (
        "srun", "--jobid=20", "--overlap", "--pty", "/bin/bash", "-l",
    )  # fmt: skip
    assert "--overlap" not in Slurm("slurm 19.05.5").shell_command(task)
    with pytest.raises(NotOffered):
        SLURM.shell_command(replace(task, state=JobState.QUEUED))
