"""Submissions and changes: what is a yes, a no, and what is not certain."""

from __future__ import annotations

import pytest

from podtui.backends.schedulers.base import Output
from podtui.backends.schedulers.sge_ids import target
from podtui.errors import InputError, NotFound, OutcomeUnknown, PodError, Refused, Unreachable

from .recorded import ADAPTER, recorded

AWAY = (
    b"error: commlib error: got select error (Connection refused)\n"
    b'Unable to run job: unable to send message to qmaster using port 6444 on host "head": '
    b"got send error\nExiting.\n"
)


@pytest.mark.parametrize(
    ("stdout", "job_id"),
    [
        (recorded("said-qsub-terse.txt"), "3"),
        (recorded("said-qsub-terse-array.txt"), "5"),
        (recorded("said-qsub.txt"), "1"),
        (b'Your job-array 7.1-9:2 ("a 8") has been submitted\n', "7"),
        (b"12\nJob 12 exited with exit code 0.\n", "12"),
        (b"warning: no suitable queues\n13\n", "13"),
    ],
)
def test_a_submission_tells_its_number(stdout: bytes, job_id: str) -> None:
    assert ADAPTER.parse_submit(Output(0, stdout)) == job_id


@pytest.mark.parametrize(
    ("output", "error", "said"),
    [
        (Output(1, b"", b"Unable to run job: denied: no\nExiting.\n"), Refused, "^denied: no$"),
        (Output(14, b"", b"error opening x.sh: No such file"), Refused, "No such file"),
        (Output(1, b""), Refused, "said nothing"),
        (Output(0, b""), OutcomeUnknown, "told no job"),
        (Output(0, b"", b"something went wrong"), OutcomeUnknown, "went wrong"),
        (Output(1, b"", AWAY), Unreachable, "Nothing was submitted"),
        (
            Output(
                1, b"", b"Unable to run job: Error reading answer list from qmaster\nExiting.\n"
            ),
            OutcomeUnknown,
            "did not answer",
        ),
        (Output(1, b"", b"got no response from qmaster"), OutcomeUnknown, "got no response"),
        (Output(1, b"", b"\x1b[31mdenied\xff"), Refused, "␛"),
    ],
)
def test_a_submission_that_is_none(output: Output, error: type[PodError], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        ADAPTER.parse_submit(output)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    "output",
    [
        Output(0, recorded("said-qdel.txt")),
        Output(0, recorded("said-qdel-tasks.txt")),
        Output(0, b"modified hold of job-array task 17.4\n"),
        Output(1, b"Pushed rescheduling of job 27 on host node1\n"),
        Output(1, b'geuser1 has deleted job 4\njob "4" task "2" does not exist\n'),
        Output(1, b"job 60 is already in deletion\n"),
        Output(0, b""),  # qrls of a job without a hold
    ],
)
def test_a_change_that_was_made(output: Output) -> None:
    ADAPTER.check_change("4", output)


@pytest.mark.parametrize(
    ("output", "error"),
    [
        (Output(1, b'denied: job "99" does not exist\n'), NotFound),
        (Output(1, b'job "28" task "2" does not exist\n'), NotFound),
        (Output(1, b'invalid queue or job "99"\n'), NotFound),
        (Output(18, b'denied: "u" must be at least owner of job 23 to change it\n'), Refused),
        (Output(0, b'u - you have no permission to modify job "1"\n'), Refused),
        (Output(0, b"Modify operation can not be applied on job-array task 23.1\n"), Refused),
        (
            Output(0, b"The job 28 is running in queue none where jobs are not rerunable.\n"),
            Refused,
        ),
        (
            Output(0, b"The job 391 is not restartable\n"),
            Refused,
        ),
        (Output(3, b""), Refused),
        (Output(1, b"", AWAY), Unreachable),
        (Output(1, b"", b"failed receiving gdi request\n"), OutcomeUnknown),
    ],
)
def test_a_change_that_was_not(output: Output, error: type[PodError]) -> None:
    with pytest.raises(error) as caught:
        ADAPTER.check_change("4", output)
    assert type(caught.value) is error


def test_commands_name_tasks_as_each_tool_wants() -> None:
    assert ADAPTER.cancel_command("4") == ("qdel", "4")
    assert ADAPTER.cancel_command("4.9-10:1") == ("qdel", "4", "-t", "9-10:1")
    assert ADAPTER.hold_command("4.7") == ("qhold", "4", "-t", "7")
    assert ADAPTER.release_command("4.3,5") == ("qrls", "4", "-t", "3,5")
    assert ADAPTER.requeue_command("4.7") == ("qmod", "-rj", "4.7")
    for command in (ADAPTER.cancel_command, ADAPTER.requeue_command, ADAPTER.finished_command):
        with pytest.raises(InputError):
            command("-u")


def test_a_script_is_submitted_by_its_path_alone() -> None:
    assert ADAPTER.submit_command("/j/a b.sh", hold=False)[-1] == "/j/a b.sh"
    assert ADAPTER.submit_command("-x", hold=True)[-2:] == ("./-x", "-h")


@pytest.mark.parametrize(
    ("job_id", "tasks", "meets"),
    [
        ("4", "", True),
        ("4", "7", True),
        ("4.7", "7", True),
        ("4.7", "6", False),
        ("4.7", "1-9:2", True),
        ("4.8", "1-9:2", False),
        ("4.2,9", "3-10:1", True),
        ("4.7", "", False),
        ("4.7", "undefined", False),
        ("4.1-75000", "74999-200000:1", True),
    ],
)
def test_tasks_meet_rows(job_id: str, tasks: str, meets: bool) -> None:
    assert target(job_id).meets(tasks) is meets
