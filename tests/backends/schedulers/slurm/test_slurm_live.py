"""A real Slurm told what to do by the adapter. Runs when tests/testbed/slurm/up.sh has run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from podtui.domain.job import JobState, Scope
from podtui.domain.script import find_token
from podtui.errors import NotFound, OutcomeUnknown, Refused, Unreachable

from .bed import WHY_NOT, Person, controller, is_up, until

pytestmark = [pytest.mark.alone, pytest.mark.skipif(not is_up(), reason=WHY_NOT)]
LIES = (
    "SQUEUE_ARRAY=1", "SQUEUE_USERS=bob", "SQUEUE_FORMAT=%j", "SQUEUE_STATES=CF",
    "SQUEUE_SORT=-i", "SQUEUE_PARTITION=closed", "SLURM_TIME_FORMAT=relative",
    "SLURM_CLUSTERS=testbed", "SBATCH_COMMENT=mine", "SBATCH_WAIT=1", "TZ=Asia/Tokyo",
)  # fmt: skip
PATTERNS = "#SBATCH -J 'two words' -o 'o-%j-%x-%A-%u.txt' -e /dev/null"


@pytest.fixture(scope="module")
def late() -> str:
    """A job that is to run into its limit while the other tests run."""
    return Person("bob").submit("#SBATCH -t 1\nsleep 600")


@pytest.fixture
def alice(late: str) -> Iterator[Person]:
    person = Person("alice")
    person.cancel_all()
    yield person
    person.cancel_all()


@pytest.fixture
def bob() -> Person:
    return Person("bob")


def test_held_released_run_and_accounted(alice: Person) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    job_id = alice.submit(f"{PATTERNS}\n#SBATCH -n 2 -t 5\necho here; exit 3", hold=True)
    row = alice.listed(job_id)
    assert (row.state, row.native_state, row.name) == (JobState.HELD, "PENDING", "two words")
    assert row.reason == "Held by its owner; release it to let it start."
    assert (row.user, row.queue, row.cores) == ("alice", "debug", 2)
    assert row.walltime == timedelta(minutes=5)
    assert row.submitted is not None
    assert before <= row.submitted <= datetime.now(UTC)
    alice.change(alice.adapter.release_command, job_id)
    job = alice.becomes(job_id, JobState.FAILED)
    assert job.exit_status == 3
    assert Path(job.stdout).read_text() == "here\n"
    assert job.stdout == f"{alice.home}/o-{job_id}-two words-{job_id}-alice.txt"
    assert job.stderr == "/dev/null"
    ended = alice.ended(job_id)
    assert (ended.state, ended.exit_status, ended.name) == (JobState.FAILED, 3, "two words")
    assert ended.started
    assert ended.ended
    assert before <= ended.started <= ended.ended
    assert find_token(ended.attribute("Comment"))


def test_hold_again_and_cancel(alice: Person) -> None:
    job_id = alice.submit("#SBATCH --begin=now+1hour\ntrue")
    row = alice.listed(job_id)
    assert (row.state, row.started) == (JobState.QUEUED, None)
    assert row.reason.startswith("Its start time has not come")
    assert row.expected_start is not None
    assert timedelta(minutes=58) < row.expected_start - datetime.now(UTC) < timedelta(hours=1)
    alice.change(alice.adapter.hold_command, job_id)
    assert alice.listed(job_id).state is JobState.HELD
    alice.change(alice.adapter.cancel_command, job_id)
    assert alice.job(job_id).state is JobState.CANCELLED
    for command in (alice.adapter.hold_command, alice.adapter.release_command):
        with pytest.raises(Refused):
            alice.change(command, job_id)


def test_why_jobs_wait(alice: Person) -> None:
    first = alice.submit("sleep 300", hold=True)
    failed = alice.submit("exit 1")
    alice.becomes(failed, JobState.FAILED)
    waiting = alice.submit(f"#SBATCH -d afterok:{first}\ntrue")
    never = alice.submit(f"#SBATCH -d afterok:{failed}\ntrue")
    closed = alice.submit("#SBATCH -p closed\ntrue")
    too_wide = alice.submit("#SBATCH -c 900\ntrue")
    licence = alice.submit("#SBATCH -L matlab:1\nsleep 300")
    alice.becomes(licence, JobState.RUNNING)
    second = alice.submit("#SBATCH -L matlab:1\ntrue")
    reasons = {
        waiting: "Waits for another job it depends on.",
        never: "Will never start: the job it depends on ended the wrong way.",
        closed: "The partition is down.",
        too_wide: "It asks for more than the partition has.",
        second: "Waits for a licence to become free.",
    }
    until(lambda: {job.id: job.reason for job in alice.jobs().jobs if job.id in reasons} == reasons)
    assert alice.listed(waiting).attribute("Dependency") == f"afterok:{first}(unfulfilled)"


def test_an_array_whole_and_one_task(alice: Person) -> None:
    array = alice.submit("#SBATCH -a 1-4%1 -o 'a-%A-%a.txt'\nsleep 300")
    alice.becomes(f"{array}_1", JobState.RUNNING)
    rows = {job.id: job for job in alice.jobs().jobs if job.id.startswith(array)}
    assert set(rows) == {array, f"{array}_1"}
    assert rows[array].state is JobState.QUEUED
    assert rows[array].attribute("ArrayTaskId") == "2-4%1"
    assert alice.job(f"{array}_1").stdout == f"{alice.home}/a-{array}-1.txt"
    assert alice.job(array).attribute("Parts") == "PENDING 3, RUNNING 1"
    alice.change(alice.adapter.cancel_command, f"{array}_4")
    assert alice.listed(array).attribute("ArrayTaskId") == "2-3%1"
    with pytest.raises(NotFound):  # Slurm keeps no record of a task cancelled before it began
        alice.job(f"{array}_4")
    alice.change(alice.adapter.hold_command, f"{array}_3")
    assert alice.listed(f"{array}_3").state is JobState.HELD
    alice.change(alice.adapter.release_command, array)
    alice.change(alice.adapter.cancel_command, array)
    until(lambda: alice.job(array).state is JobState.CANCELLED)
    assert alice.ended(array).state is JobState.CANCELLED


def test_a_running_job_is_requeued(alice: Person) -> None:
    job_id = alice.submit("sleep 300")
    alice.becomes(job_id, JobState.RUNNING)
    alice.change(alice.adapter.requeue_command, job_id)
    job = alice.becomes(job_id, JobState.QUEUED)
    assert job.attribute("Restarts") == "1"
    assert job.started is None


def test_a_shell_finds_the_job(alice: Person) -> None:
    job_id = alice.submit("#SBATCH -a 7\nsleep 300")
    alice.becomes(f"{job_id}_7", JobState.RUNNING)
    command = alice.adapter.shell_command(alice.listed(f"{job_id}_7"))
    asked = (*command[: command.index("--pty")], "printenv", "SLURM_JOB_ID")
    assert alice.run(asked).stdout.decode() == f"{alice.job(f'{job_id}_7').attribute('JobId')}\n"


def test_two_users_and_a_group(alice: Person, bob: Person) -> None:
    mine = alice.submit("true", hold=True)
    his = bob.submit("true", hold=True)
    ids = {
        scope: {job.id for job in alice.jobs(scope).jobs} & {mine, his}
        for scope in (Scope(), Scope(user="bob"), Scope(group="bob"), Scope(everybody=True))
    }
    assert list(ids.values()) == [{mine}, {his}, {his}, {mine, his}]
    for command in (alice.adapter.cancel_command, alice.adapter.hold_command):
        with pytest.raises(Refused):
            alice.change(command, his)
    assert bob.listed(his).state is JobState.HELD
    bob.change(bob.adapter.cancel_command, his)
    with pytest.raises(NotFound):
        alice.jobs(Scope(user="nobody-of-this-name"))


@pytest.mark.parametrize(
    "name", ["a|b", "a\nb\n   JobState=RUNNING", "\x1b]0;title\x07", "job[/foo]", "ü\tx\x1fy\x1e1"]
)
def test_hostile_names(alice: Person, name: str) -> None:
    path, token = alice.put("true")
    output = alice.run(("sbatch", "--parsable", "--hold", "-J", name, path))
    job_id = alice.adapter.parse_submit(output)
    row = alice.listed(job_id)
    assert (row.name, row.state) == (name, JobState.HELD)
    job = alice.job(job_id)
    assert (job.name, job.state) == (name, JobState.HELD)
    assert alice.find(token) == (job_id,)


def test_a_job_is_found_by_its_token_all_its_life(alice: Person, bob: Person) -> None:
    path, token = alice.put('#SBATCH --comment="it\'s mine"\ntrue')
    assert alice.find(token) == ()
    job_id = alice.send(path, hold=True)
    assert alice.job(job_id).attribute("Comment") == f"PODTUI_TOKEN={token} it's mine"
    assert alice.find(token) == (job_id,)
    assert bob.find(token) == ()
    alice.change(alice.adapter.release_command, job_id)
    alice.ended(job_id)

    def in_accounting() -> bool:
        *shell, script = alice.adapter.find_command(token)
        forgetful = alice.run((*shell, script.replace(" squeue ", " true ")))
        assert alice.adapter.mark.encode() in forgetful.stdout
        return alice.adapter.parse_find(token, forgetful) == (job_id,)

    until(in_accounting)


def test_an_environment_that_would_change_the_answers_does_not(alice: Person) -> None:
    liar = Person("alice", LIES)
    path, token = liar.put("#SBATCH -a 1-3\ntrue")
    job_id = liar.send(path, hold=True)
    assert liar.find(token) == (job_id,)
    assert liar.listed(job_id) == alice.listed(job_id)
    honest, lying = alice.job(job_id), liar.job(job_id)
    assert (honest.submitted, honest.stdout) == (lying.submitted, lying.stdout)


def test_partitions_and_nodes(alice: Person) -> None:
    queues = alice.adapter.parse_queues(alice.run(alice.adapter.queues_command()))
    assert [(q.name, q.open, q.default) for q in queues] == [
        ("debug", True, True),
        ("batch", True, False),
        ("closed", False, False),
    ]
    nodes = alice.adapter.parse_nodes(alice.run(alice.adapter.nodes_command()))
    assert [node.name for node in nodes] == ["n1", "n2", "n3", "n4"]
    assert all(node.usable for node in nodes)
    job_id = alice.submit("#SBATCH -w n2 -n 3\nsleep 300")
    alice.becomes(job_id, JobState.RUNNING)
    nodes = alice.adapter.parse_nodes(alice.run(alice.adapter.nodes_command()))
    assert nodes[1].cores_free is not None
    assert nodes[1].cores_free <= 5


@pytest.mark.parametrize("line", ["-p nowhere", "-t rubbish", "--gres=nosuch:1", "--nosuch"])
def test_a_refusal_leaves_no_job(alice: Person, line: str) -> None:
    path, token = alice.put(f"#SBATCH {line}\ntrue")
    with pytest.raises(Refused) as caught:
        alice.send(path)
    assert "sbatch: " in caught.value.message
    assert alice.find(token) == ()


def test_what_is_not_there(alice: Person) -> None:
    for job_id in ("99999999", "99999999_1"):
        with pytest.raises(NotFound):
            alice.job(job_id)
        assert alice.accounted(job_id) is None
        with pytest.raises(NotFound):
            alice.change(alice.adapter.hold_command, job_id)


def test_a_controller_that_is_away_is_told_and_comes_back(alice: Person) -> None:
    path, token = alice.put("true")
    job_id = alice.send(path, hold=True)
    controller("stop")
    try:
        with ThreadPoolExecutor() as pool:  # each command tries for a dozen seconds
            asked = [
                pool.submit(alice.jobs),
                pool.submit(alice.job, job_id),
                pool.submit(alice.find, token),
                pool.submit(alice.send, path),
                pool.submit(alice.change, alice.adapter.cancel_command, job_id),
            ]
            hold = pool.submit(alice.change, alice.adapter.hold_command, job_id)
        assert [type(answer.exception()) for answer in asked] == [Unreachable] * 5
        assert type(hold.exception()) in (Unreachable, OutcomeUnknown)
    finally:
        controller("start")
    assert alice.find(token) == (job_id,)
    assert alice.listed(job_id).state is JobState.HELD


def test_fifty_thousand_tasks(alice: Person) -> None:
    array = alice.submit("#SBATCH -a 1-50000\ntrue", hold=True)
    row = alice.listed(array)
    assert row.attribute("ArrayTaskId") == "1-50000"
    command = alice.adapter.list_command(Scope(), alice.account)
    output = alice.run((*command, "-r"))
    begin = time.process_time()
    found = alice.adapter.parse_list("live", Scope(), alice.account, output)
    read = time.process_time() - begin
    tasks = [job for job in found.jobs if job.id.startswith(f"{array}_")]
    assert (len(tasks), found.skipped) == (50_000, 0)
    assert read < 2


def test_a_job_over_its_time(alice: Person, bob: Person, late: str) -> None:
    job = bob.ended(late)
    assert job.state is JobState.TIMEOUT
    assert job.walltime == timedelta(minutes=1)
    assert bob.job(late).state is JobState.TIMEOUT
