"""TORQUE scripts as real jobs."""

import re
import time
from pathlib import Path

import pytest

from podtui.demo.batch.engine import Rejected, UnknownJob, WrongState


async def test_a_script_runs_and_its_files_lie_where_qsub_ran(bench):
    workdir = bench.home / "runs"
    workdir.mkdir()
    job_id = await bench.submit("pwd\necho oops >&2\nexit 3\n", workdir=workdir)
    assert job_id == "22783.pod"
    job = await bench.ended(job_id)
    assert job.exit_status == 3
    assert (workdir / "job.sh.o22783").read_text() == f"{bench.home}\n"
    assert (workdir / "job.sh.e22783").read_text() == "oops\n"
    attributes = job.attributes()
    assert attributes["exit_status"] == 3
    assert attributes["job_state"] == "C"
    assert attributes["Output_Path"] == f"pod:{workdir}/job.sh.o22783"
    assert isinstance(attributes["comp_time"], int)
    assert re.fullmatch(r"\d+kb", str(attributes["resources_used{mem}"]))


async def test_directives_count_and_the_command_line_beats_them(bench):
    script = """#!/bin/bash
# a remark
  #PBS -N scripted -j oe   # a remark behind
#PBS -l nodes=2:ppn=3
#PBS -l walltime=00:05:00,mem=2gb
#PBS -q B30 -m abe -M a@b.c -A acct -p 5 -r n

echo $PBS_JOBNAME $PBS_QUEUE $PBS_NP $PBS_NUM_NODES $PBS_NUM_PPN $PBS_WALLTIME
#PBS -N too-late
wc -l < $PBS_NODEFILE; sort -u $PBS_NODEFILE | wc -l
"""
    job_id = await bench.submit(script, "-N", "typed", "-l", "walltime=90")
    job = await bench.ended(job_id)
    assert bench.text("typed.o22783") == "typed B30 6 2 3 90\n6\n2\n"
    attributes = job.attributes()
    assert attributes["Resource_List{nodes}"] == "2:ppn=3"
    assert attributes["Resource_List{walltime}"] == "00:01:30"
    assert attributes["Resource_List{mem}"] == "2gb"
    assert attributes["Join_Path"] == "oe"
    assert attributes["Account_Name"] == "acct"
    assert attributes["Mail_Users"] == "a@b.c"
    assert attributes["Priority"] == 5
    assert attributes["Rerunable"] == "False"
    assert "takes all 4 slots" in str(attributes["comment"])


async def test_the_environment_is_the_jobs_own(bench, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_POD", "x")
    script = """#PBS -v "GREETING='a,b',TAKEN,EMPTY="\nenv\n"""
    job_id = await bench.submit(script, environment={"TAKEN": "over", "LEFT": "behind"})
    job = await bench.ended(job_id)
    found = dict(line.split("=", 1) for line in bench.text("job.sh.o22783").splitlines())
    assert "SECRET_OF_THE_POD" not in found
    assert "LEFT" not in found
    assert found["GREETING"] == "a,b"
    assert found["TAKEN"] == "over"
    assert found["EMPTY"] == ""
    assert found["HOME"] == str(bench.home)
    assert found["USER"] == found["LOGNAME"] == "penguin"
    assert found["PBS_JOBID"] == "22783.pod"
    assert found["PBS_O_WORKDIR"] == str(bench.home)
    assert found["PBS_ENVIRONMENT"] == "PBS_BATCH"
    assert "GREETING=a\\,b" in str(job.attributes()["Variable_List"])


async def test_capital_v_takes_the_submitters_environment(bench):
    job_id = await bench.submit("#PBS -V\necho $MINE $LC_ALL\n", environment={"MINE": "here"})
    await bench.ended(job_id)
    assert bench.text("job.sh.o22783") == "here\n"


async def test_a_job_can_use_the_batch_tools(bench):
    job_id = await bench.submit("qstat $PBS_JOBID | tail -1\necho true | qsub -N child\n")
    await bench.ended(job_id)
    assert " R M40" in bench.text("job.sh.o22783")
    assert (await bench.ended("22784.pod")).name == "child"


@pytest.mark.parametrize(
    ("first_line", "arguments", "expected"),
    [
        ("", (), "/bin/bash\n"),
        ("#!/bin/sh\n", (), "/bin/sh\n"),
        ("#!/bin/sh\n", ("-S", "/bin/bash"), "/bin/bash\n"),
    ],
)
async def test_the_shell_is_the_one_asked_for(bench, first_line, arguments, expected):
    await bench.ended(
        await bench.submit(f"{first_line}ps -o args= -p $$ | cut -d' ' -f1", *arguments)
    )
    assert bench.text("job.sh.o22783") == expected


async def test_a_missing_interpreter_is_127(bench):
    job = await bench.ended(await bench.submit("#!/no/such/thing\n"))
    assert job.exit_status == 127
    assert "No such file" in bench.text("job.sh.e22783")


async def test_walltime_ends_a_job_that_ignores_sigterm(bench):
    script = (
        "#PBS -l walltime=1\ntrap '' TERM\nsetsid sleep 60 & echo $! > pid\nsleep 60\nsleep 60\n"
    )
    job = await bench.ended(await bench.submit(script))
    assert job.exit_status == -11
    assert "=>> PBS: job killed: walltime" in bench.text("job.sh.e22783")
    await bench.until(lambda: not bench.is_alive(int(bench.text("pid"))))


async def test_a_signal_is_256_and_its_number(bench):
    assert (await bench.ended(await bench.submit("kill -9 $$\n"))).exit_status == 265


async def test_what_a_script_leaves_behind_is_ended(bench):
    await bench.ended(await bench.submit("sleep 60 & echo $! > pid\n"))
    await bench.until(lambda: not bench.is_alive(int(bench.text("pid"))))


async def test_hold_and_release(bench):
    job_id = await bench.submit("echo ran\n", "-h")
    assert bench.job(job_id).state == "H"
    assert bench.job(job_id).attributes()["Hold_Types"] == "u"
    await bench.engine.release(job_id)
    assert (await bench.ended(job_id)).exit_status == 0
    with pytest.raises(WrongState, match="COMPLETE"):
        await bench.engine.hold(job_id)


async def test_delete_pending_and_running(bench):
    held = await bench.submit("true\n", "-h")
    await bench.engine.delete(held)
    assert bench.job(held).exit_status == 271
    assert bench.job(held).attributes().get("start_time") is None
    running = await bench.submit("sleep 60\n")
    await bench.running(running)
    await bench.engine.delete(running)
    assert bench.job(running).state in {"E", "C"}
    assert (await bench.ended(running)).exit_status == 271


async def test_a_job_deleted_at_the_moment_of_its_start_never_outlives_it(bench):
    for _ in range(10):
        job_id = await bench.submit("sleep 60\n")
        await bench.until(lambda job_id=job_id: bench.job(job_id).state == "R")
        await bench.engine.delete(job_id)
        assert (await bench.ended(job_id)).exit_status == 271


async def test_array_tasks_have_numbers_and_files_of_their_own(bench):
    job_id = await bench.submit("#PBS -t 1-3,7%2\necho task $PBS_ARRAYID $PBS_JOBID\n")
    assert job_id == "22783[].pod"
    seen = 0

    def finished():
        nonlocal seen
        seen = max(seen, sum(job.state == "R" for job in bench.engine.tasks(job_id)))
        return bench.job(job_id).state == "C"

    await bench.until(finished)
    assert seen <= 2
    assert bench.text("job.sh.o22783-7") == "task 7 22783[7].pod\n"
    assert [task.id for task in bench.engine.tasks(job_id)][-1] == "22783[7].pod"
    assert [job.id for job in bench.engine.jobs()] == [job_id]
    assert bench.job(job_id).exit_status == 0
    assert bench.job("22783[3].pod").name == "job.sh-3"


async def test_one_task_and_a_whole_array_can_be_deleted(bench):
    job_id = await bench.submit("exit 0\n", "-t", "0-4", "-h")
    await bench.engine.delete("22783[2].pod")
    assert bench.job("22783[2].pod").state == "C"
    assert bench.job(job_id).state == "H"
    await bench.engine.release("22783[1].pod")
    assert (await bench.ended("22783[1].pod")).exit_status == 0
    await bench.engine.delete(job_id)
    assert bench.job(job_id).state == "C"
    assert bench.job(job_id).exit_status == 271


async def test_dependencies(bench):
    good = await bench.submit("exit 0\n", "-h", name="good")
    bad = await bench.submit("exit 1\n", "-h", name="bad")
    both = await bench.submit("true\n", "-W", f"depend=afterok:{good},afternotok:{bad}")
    after_any = await bench.submit("true\n", "-W", f"depend=afterany:{good}:{bad}")
    never = await bench.submit("true\n", "-W", f"depend=afterok:{bad}")
    chained = await bench.submit("true\n", "-W", f"depend=afterok:{never}")
    assert bench.job(both).attributes()["Hold_Types"] == "s"
    await bench.engine.release(good)
    await bench.engine.release(bad)
    assert (await bench.ended(both)).exit_status == 0
    assert (await bench.ended(after_any)).exit_status == 0
    assert (await bench.ended(never)).exit_status == 271
    assert "never be satisfied" in str(bench.job(never).comment)
    assert (await bench.ended(chained)).exit_status == 271


async def test_a_dependency_on_an_array_waits_for_all_of_it(bench):
    array = await bench.submit("exit 0\n", "-t", "1-2", "-h")
    after = await bench.submit("true\n", "-W", f"depend=afterokarray:{array}")
    await bench.engine.release("22783[1].pod")
    await bench.ended("22783[1].pod")
    assert bench.job(after).state == "H"
    await bench.engine.release(array)
    assert (await bench.ended(after)).exit_status == 0


async def test_slots_are_kept_and_small_jobs_pass_big_ones(bench):
    first = await bench.submit("while [ ! -e go ]; do sleep 0.01; done\n", "-l", "nodes=1:ppn=3")
    await bench.running(first)
    big = await bench.submit("true\n", "-l", "nodes=1:ppn=2")
    small = await bench.submit("true\n")
    assert (await bench.ended(small)).exit_status == 0
    assert bench.job(big).state == "Q"
    (bench.home / "go").touch()
    assert (await bench.ended(big)).exit_status == 0


@pytest.mark.parametrize(
    ("output", "place"),
    [
        ("out.txt", "out.txt"),
        ("login-1.pod.example:out.txt", "out.txt"),
        ("~/logs/", "logs/job.sh.o22783"),
        ("logs", "logs/job.sh.o22783"),
        ("$PBS_JOBID.log", "22783.pod.log"),
    ],
)
async def test_output_goes_where_it_is_wanted(bench, output, place):
    (bench.home / "logs").mkdir()
    await bench.ended(await bench.submit("echo here\n", "-j", "oe", "-o", output))
    assert bench.text(place) == "here\n"


async def test_output_that_cannot_be_written_is_kept_and_told(bench):
    job = await bench.ended(await bench.submit("echo kept\n", "-j", "oe", "-o", "/no/such/place"))
    assert job.exit_status == 0
    assert job.hint is not None
    kept = job.hint.rpartition(" ")[2]
    assert Path(kept).read_text() == "kept\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-q", "nope"), "qsub: submit error (Unknown queue MSG=cannot locate queue)"),
        (("-l", "nodes=1:ppn=13"), "cannot locate feasible nodes"),
        (("-q", "FREE", "-l", "nodes=3:ppn=12"), "cannot satisfy queue max procct"),
        (("-q", "FREE", "-l", "walltime=301"), "cannot satisfy queue max walltime"),
        (("-l", "mem=49gb"), "cannot satisfy queue max mem"),
        (("-N", "1abc"), "qsub: illegal -N value"),
        (("-N", "a" * 16), "qsub: illegal -N value"),
        (("-N", "a b"), "qsub: illegal -N value"),
        (("-l", "walltime=x"), "qsub: illegal -l value"),
        (("-l", "nodes=0"), "qsub: illegal -l value"),
        (("-j", "x"), "qsub: illegal -j value"),
        (("-t", "5-1"), "qsub: illegal -t value"),
        (("-t", "1-99999999"), "Bad Job Array Request"),
        (("-Z",), "qsub: invalid option -- 'Z'"),
        (("-W", "depend=afterok:99.pod"), "Unknown Job Id Error"),
        (("-W", "stagein=a@b:c"), "not offered"),
    ],
)
async def test_bad_requests_are_refused_in_torques_words(bench, arguments, words):
    with pytest.raises(Rejected) as caught:
        await bench.submit("true\n", *arguments)
    assert words in str(caught.value)
    assert bench.engine.jobs() == ()


async def test_unknown_jobs_are_unknown(bench):
    assert bench.engine.job("99.pod") is None
    assert bench.engine.job("22783[1].pod") is None
    assert bench.engine.job("../../x") is None
    with pytest.raises(UnknownJob, match=r"Unknown Job Id Error 99\.pod"):
        await bench.engine.delete("99.pod")


async def test_a_short_walltime_of_the_queue_is_the_default(bench):
    job_id = await bench.submit("true\n", "-q", "FREE")
    assert bench.job(job_id).attributes()["Resource_List{walltime}"] == "00:05:00"
    await bench.ended(job_id)


async def test_a_path_told_stays_the_same_when_a_folder_of_that_name_appears(bench):
    job_id = await bench.submit("echo here\n", "-h", "-j", "oe", "-o", "later")
    told = bench.job(job_id).attributes()["Output_Path"]
    (bench.home / "later").mkdir()
    assert bench.job(job_id).attributes()["Output_Path"] == told


async def test_a_job_waits_for_its_time(bench):
    job_id = await bench.submit("true\n", "-a", "2359.59")
    assert isinstance(bench.job(job_id).attributes()["Execution_Time"], int)
    later = await bench.submit("true\n")
    await bench.ended(later)
    assert bench.job(job_id).state == "Q"


async def test_what_ended_over_a_week_ago_is_forgotten(bench, monkeypatch):
    job_id = await bench.submit("exit 3\n")
    await bench.ended(job_id)
    kept = await bench.submit("true\n", "-h")
    now = time.time()
    monkeypatch.setattr("podtui.demo.batch.dispatcher.time.time", lambda: now + 7 * 86400 + 60)
    await bench.restart()
    await bench.until(lambda: bench.engine.job(job_id) is None)
    assert bench.job(kept).state == "H"
    monkeypatch.undo()
    await bench.restart()
    assert bench.engine.job(job_id) is None
