"""A real Grid Engine told what to do by the adapter. Runs when tests/testbed/sge/up.sh has run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta, timezone

import pytest

from podtui.backends.schedulers.base import Account
from podtui.domain.job import Job, JobState, Scope
from podtui.errors import NotFound, OutcomeUnknown, Refused, Unreachable

from .bed import TESTBED, Person, is_up, until

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not is_up(), reason="tests/testbed/sge/up.sh is not running"),
]
SLEEP = "#!/bin/bash\n#$ -N sleeper\nsleep 300\n"


@pytest.fixture
def ann() -> Iterator[Person]:
    person = Person("geuser1")
    person.cancel_all()
    yield person
    person.cancel_all()


@pytest.fixture
def bob() -> Iterator[Person]:
    person = Person("geuser2")
    person.cancel_all()
    yield person
    person.cancel_all()


def listed(person: Person, job_id: str) -> Job | None:
    return next((job for job in person.jobs().jobs if job.id == job_id), None)


def state_of(person: Person, job_id: str) -> JobState | None:
    job = listed(person, job_id)
    return job.state if job else None


def runs(person: Person, job_id: str) -> None:
    # The letter `t` (being sent to its machine) is RUNNING too, and cannot be put back yet.
    until(lambda: (job := listed(person, job_id)) is not None and job.native_state == "r")


def test_a_job_is_held_released_run_and_told_with_its_exit_status(ann: Person) -> None:
    script = "#!/bin/bash\n#$ -N three -cwd -j y -o out.$JOB_ID -l h_rt=60\nsleep 1\nexit 3\n"
    job_id = ann.submit(script, hold=True)
    held = ann.job(job_id)
    assert (held.state, held.reason, held.name) == (JobState.HELD, "held", "three")
    assert held.walltime is not None
    assert held.walltime.total_seconds() == 60
    assert held.stdout == held.stderr == f"{held.workdir}/out.{job_id}"
    ann.change(ann.adapter.release_command, job_id)
    ended = ann.ended(job_id)
    assert (ended.state, ended.exit_status, ended.user) == (JobState.FAILED, 3, "geuser1")
    assert ended.started is not None
    assert ended.ended is not None
    assert ended.ended >= ended.started
    assert ended.attribute("ru_wallclock")
    until(lambda: listed(ann, job_id) is None)
    with pytest.raises(NotFound):
        ann.job(job_id)


def test_a_good_job_is_completed_and_writes_where_it_was_said(ann: Person) -> None:
    job_id = ann.submit("#!/bin/bash\n#$ -N a<b>&|c\necho hello\n", hold=True)
    held = ann.job(job_id)
    assert held.name == "a<b>&|c"
    ann.change(ann.adapter.release_command, job_id)
    assert ann.ended(job_id).state is JobState.COMPLETED
    assert ann.run(("cat", held.stdout)).stdout == b"hello\n"
    assert ann.run(("test", "-f", held.stderr)).returncode == 0


def test_a_running_job_is_cancelled(ann: Person) -> None:
    job_id = ann.submit(SLEEP)
    runs(ann, job_id)
    running = ann.job(job_id)
    assert (running.state, running.hosts, running.queue) == (
        JobState.RUNNING,
        "localhost",
        "all.q",
    )
    assert ann.adapter.shell_command(running) == ("ssh", "-t", "localhost")
    ann.change(ann.adapter.cancel_command, job_id)
    assert ann.ended(job_id).state is JobState.CANCELLED
    until(lambda: listed(ann, job_id) is None)
    with pytest.raises(NotFound):
        ann.change(ann.adapter.cancel_command, job_id)


def test_a_waiting_job_is_held_and_released(ann: Person) -> None:
    first = ann.submit(SLEEP)
    job_id = ann.submit(f"#!/bin/bash\n#$ -hold_jid {first} -N second\ntrue\n")
    job = ann.job(job_id)
    assert (job.state, job.reason) == (JobState.HELD, f"waits for job {first} to end")
    ann.change(ann.adapter.hold_command, job_id)
    ann.change(ann.adapter.cancel_command, first)
    until(lambda: (one := listed(ann, job_id)) is not None and one.reason == "held")
    ann.change(ann.adapter.release_command, job_id)
    assert ann.ended(job_id).state is JobState.COMPLETED
    with pytest.raises(NotFound):
        ann.change(ann.adapter.hold_command, job_id)


def test_an_array_its_tasks_and_one_task(ann: Person) -> None:
    job_id = ann.submit("#!/bin/bash\n#$ -t 1-6 -tc 2 -N arr\nsleep 300\n")
    runs(ann, f"{job_id}.1")
    runs(ann, f"{job_id}.2")
    waiting = listed(ann, job_id)
    assert waiting is not None
    assert waiting.state is JobState.QUEUED
    assert waiting.attribute("tasks") == "3-6:1"
    assert ann.job(job_id).state is JobState.RUNNING
    task = ann.job(f"{job_id}.2")
    assert task.stdout == f"{task.workdir}/arr.o{job_id}.2"
    ann.change(ann.adapter.hold_command, f"{job_id}.4-5")
    until(lambda: state_of(ann, f"{job_id}.4,5") is JobState.HELD)
    rest = listed(ann, job_id)
    assert rest is not None
    assert (rest.state, rest.attribute("tasks")) == (JobState.QUEUED, "3,6")
    ann.change(ann.adapter.cancel_command, f"{job_id}.1")
    assert ann.ended(f"{job_id}.1").state is JobState.CANCELLED
    runs(ann, f"{job_id}.3")
    assert state_of(ann, f"{job_id}.2") is JobState.RUNNING
    ann.change(ann.adapter.release_command, f"{job_id}.4,5")
    ann.change(ann.adapter.cancel_command, job_id)
    until(lambda: not ann.jobs().jobs)


def test_an_array_with_a_failed_task_has_failed(ann: Person) -> None:
    script = "#!/bin/bash\n#$ -t 1-3\nexit $((SGE_TASK_ID == 2 ? 9 : 0))\n"
    job_id = ann.submit(script)
    until(lambda: not ann.jobs().jobs)
    until(lambda: ann.ended(job_id).attribute("tasks") == "3")
    ended = ann.ended(job_id)
    assert (ended.state, ended.exit_status) == (JobState.FAILED, 9)
    assert ended.reason == "1 of 3 tasks did not complete"
    assert ann.ended(f"{job_id}.3").state is JobState.COMPLETED


def test_a_job_over_its_time_is_told_so(ann: Person) -> None:
    job_id = ann.submit("#!/bin/bash\n#$ -l h_rt=1\nsleep 300\n")
    ended = ann.ended(job_id)
    assert (ended.state, ended.reason) == (JobState.TIMEOUT, "over its time limit h_rt=1")


def test_a_running_job_is_put_back(ann: Person) -> None:
    job_id = ann.submit("#!/bin/bash\n#$ -r y\nsleep 300\n")
    runs(ann, job_id)
    ann.change(ann.adapter.requeue_command, job_id)
    until(lambda: (job := listed(ann, job_id)) is not None and "R" in job.native_state)
    output = ann.run(ann.adapter.finished_command(job_id))
    with pytest.raises(NotFound):  # its first run is in accounting, and is no end
        ann.adapter.parse_finished("live", job_id, ann.account, output)


def test_a_job_that_may_not_run_twice_is_not_put_back(ann: Person) -> None:
    job_id = ann.submit(SLEEP)
    runs(ann, job_id)
    with pytest.raises(Refused, match="not rerunable"):
        ann.change(ann.adapter.requeue_command, job_id)
    assert state_of(ann, job_id) is JobState.RUNNING


def test_a_job_in_error_tells_why(ann: Person) -> None:
    job_id = ann.submit("#!/bin/bash\n#$ -o /nowhere/at/all\ntrue\n")
    until(lambda: (job := listed(ann, job_id)) is not None and job.native_state == "Eqw")
    job = ann.job(job_id)
    assert job.state is JobState.HELD
    assert job.reason == (
        'in error: can\'t open output file "/nowhere/at/all": No such file or directory'
    )


def test_a_job_nothing_can_run_tells_why(ann: Person) -> None:
    job_id = ann.submit("#!/bin/bash\n#$ -l mem_free=9999G\ntrue\n")
    until(lambda: "cannot run" in ann.job(job_id).reason)
    assert ann.job(job_id).state is JobState.QUEUED


def test_a_job_with_a_start_time_tells_it(ann: Person) -> None:
    job_id = ann.submit("#!/bin/bash\n#$ -a 203712312359.00\ntrue\n")
    assert ann.job(job_id).reason.startswith("not before 2037-12-31")


def test_scopes(ann: Person, bob: Person) -> None:
    mine, his = ann.submit(SLEEP, hold=True), bob.submit(SLEEP, hold=True)

    def ids(scope: Scope) -> set[str]:
        return {job.id for job in ann.jobs(scope).jobs}

    assert ids(Scope()) == {mine}
    assert ids(Scope(user="geuser2")) == {his}
    assert ids(Scope(everybody=True)) >= {mine, his}
    assert ids(Scope(group="geuser2")) == {his}
    assert ids(Scope(group="geuser1")) == {mine}
    assert ids(Scope(group="no-such-group")) == set()
    assert ids(Scope(user="nobody")) == set()


def test_another_users_job_can_be_seen_and_not_touched(ann: Person, bob: Person) -> None:
    job_id = bob.submit(SLEEP, hold=True)
    assert ann.job(job_id).user == "geuser2"
    for command in (
        ann.adapter.cancel_command,
        ann.adapter.hold_command,
        ann.adapter.release_command,
        ann.adapter.requeue_command,
    ):
        with pytest.raises(Refused):
            ann.change(command, job_id)
    assert bob.job(job_id).state is JobState.HELD


def test_a_job_whose_answer_was_lost_is_found_while_it_waits(ann: Person) -> None:
    path, token = ann.put(SLEEP)
    assert ann.run(("qsub", "-h", path)).returncode == 0  # nothing was written down
    assert len(ann.find(token)) == 1
    assert ann.find("0" * 32) == ()


def test_a_job_whose_answer_was_lost_is_found_after_its_end(ann: Person) -> None:
    path, token = ann.put("#!/bin/bash\ntrue\n")
    output = ann.run(ann.adapter.submit_command(path, hold=False))
    until(lambda: not ann.jobs().jobs)
    assert ann.find(token) == (ann.adapter.parse_submit(output),)


def test_a_cut_link_does_not_stop_the_writing_down(ann: Person) -> None:
    path, token = ann.put("#!/bin/bash\ntrue\n")
    argv = [TESTBED / "as.sh", "geuser1", *ann.adapter.submit_command(path, hold=False)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.close()  # nobody listens from here on
    (job_id,) = ann.find(token)
    assert ann.ended(job_id).state is JobState.COMPLETED
    until(lambda: not ann.jobs().jobs)
    assert ann.find(token) == (job_id,)


def test_no_job_at_all_is_an_answer(ann: Person, bob: Person) -> None:
    assert ann.jobs(Scope(everybody=True)).skipped == 0
    assert ann.jobs(Scope(group="geuser1")) == ann.jobs()
    assert ann.find("1" * 32) == ()


@pytest.mark.parametrize(
    ("directive", "said"),
    [
        ("-q no.such", "unknown queue"),
        ("-l nono=1", "unknown resource"),
        ("-pe nono 3", "does not exist"),
        ("-l h_rt=banana", "not a time value"),
        ("-w e -l mem_free=9999G", "no suitable queues"),
        ("-N a/b", "must not contain /"),
    ],
)
def test_a_refusal_tells_its_reason(ann: Person, directive: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        ann.submit(f"#!/bin/bash\n#$ {directive}\ntrue\n")


def test_a_script_that_is_not_there_is_refused(ann: Person) -> None:
    with pytest.raises(Refused, match="No such file"):
        ann.adapter.parse_submit(ann.run(ann.adapter.submit_command("/nowhere.sh", hold=False)))


def test_a_name_grid_engine_chokes_on_is_no_job(ann: Person) -> None:
    path, token = ann.put("#!/bin/bash\n#$ -N h\u00e9\ntrue\n")
    with pytest.raises(OutcomeUnknown):
        ann.adapter.parse_submit(ann.run(ann.adapter.submit_command(path, hold=True)))
    assert ann.find(token) == ()


def test_bytes_no_xml_parser_reads_cost_nothing(ann: Person) -> None:
    path, token = ann.put(SLEEP)
    hostile = b"X=esc\x1b[31m,Y=lat\xe9,Z=<b>&]]>"
    output = ann.run(("qsub", "-terse", "-h", "-v", hostile.decode("latin-1"), path))
    raw = subprocess.run(
        [TESTBED / "as.sh", "geuser1", b"qsub", b"-terse", b"-h", b"-v", hostile, path.encode()],
        capture_output=True,
        check=True,
    )
    job_id = ann.adapter.parse_submit(output)
    other = raw.stdout.decode().strip()
    assert ann.find(token) == (job_id, other)
    job = ann.job(other)
    assert job.attribute("env.X") == "esc\x1b[31m"
    assert job.attribute("env.Y") == "lat\udce9"
    assert job.attribute("env.Z") == "<b>&]]>"


def test_queues_and_machines_tell_what_is_free(ann: Person) -> None:
    adapter = ann.adapter

    def free() -> tuple[int | None, int | None]:
        (queue,) = adapter.parse_queues(ann.run(adapter.queues_command()))
        (node,) = adapter.parse_nodes(ann.run(adapter.nodes_command()))
        assert (queue.name, queue.open, queue.cores) == ("all.q", True, 4)
        assert (node.name, node.usable, node.queues) == ("localhost", True, ("all.q",))
        return queue.cores_free, node.cores_free

    until(lambda: free() == (4, 4))
    job_id = ann.submit("#!/bin/bash\n#$ -pe smp 3\nsleep 300\n")
    runs(ann, job_id)
    assert ann.job(job_id).cores == 3
    until(lambda: free() == (1, 1))


def test_a_qmaster_that_is_away_is_no_empty_list() -> None:
    lost = Person("geuser1", ("SGE_QMASTER_PORT=9",))
    for ask in (
        lost.jobs,
        lambda: lost.jobs(Scope(group="geuser1")),
        lambda: lost.job("1"),
        lambda: lost.find("2" * 32),
        lambda: lost.submit(SLEEP),
        lambda: lost.change(lost.adapter.cancel_command, "1"),
        lambda: lost.adapter.parse_queues(lost.run(lost.adapter.queues_command())),
        lambda: lost.adapter.parse_nodes(lost.run(lost.adapter.nodes_command())),
    ):
        with pytest.raises(Unreachable):
            ask()


def test_the_clock_of_another_zone(ann: Person) -> None:
    job_id = ann.submit(SLEEP, hold=True)
    (job,) = ann.jobs().jobs
    abroad = Person("geuser1", ("TZ=Etc/GMT-9",))
    output = abroad.run(abroad.adapter.list_command(Scope(), abroad.account))
    away = Account("geuser1", timezone(timedelta(hours=9)))
    (told,) = abroad.adapter.parse_list("live", Scope(), away, output).jobs
    assert told.submitted == job.submitted == ann.job(job_id).submitted
