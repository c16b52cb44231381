"""Grid Engine scripts as real jobs."""

import pytest

from podtui.demo.batch.engine import Rejected


async def test_a_script_runs_in_the_home_with_its_own_file_names(bench):
    workdir = bench.home / "runs"
    workdir.mkdir()
    script = """#!/bin/bash
#$ -N sge-test
#$ -pe mpi 3
#$ -l h_rt=0:10:00,h_vmem=1G
#$ -v COLOUR=blue
pwd
#$ -j y
echo $JOB_ID $JOB_NAME $SGE_TASK_ID $NSLOTS $QUEUE $COLOUR $SGE_O_WORKDIR
echo err >&2
exit 4
"""
    job = await bench.ended(await bench.submit(script, dialect="SGE", workdir=workdir))
    assert job.id == "22783.pod"
    assert job.exit_status == 4
    assert bench.text("sge-test.o22783") == (
        f"{bench.home}\n22783 sge-test undefined 3 M40 blue {workdir}\nerr\n"
    )
    attributes = job.attributes()
    assert attributes["Resource_List{walltime}"] == "00:10:00"
    assert attributes["Resource_List{nodes}"] == "1:ppn=3"


async def test_cwd_runs_where_it_was_submitted(bench):
    workdir = bench.home / "runs"
    workdir.mkdir()
    await bench.ended(await bench.submit("#$ -cwd\npwd\n", dialect="SGE", workdir=workdir))
    assert (workdir / "job.sh.o22783").read_text() == f"{workdir}\n"
    assert (workdir / "job.sh.e22783").read_text() == ""


async def test_array_tasks(bench):
    script = "#$ -t 2-6:2\n#$ -tc 1\necho $SGE_TASK_ID of $SGE_TASK_LAST by $SGE_TASK_STEPSIZE\n"
    job = await bench.ended(await bench.submit(script, dialect="SGE"))
    assert job.id == "22783[].pod"
    assert bench.text("job.sh.o22783.4") == "4 of 6 by 2\n"


async def test_hold_jid_waits_by_id_and_by_name(bench):
    first = await bench.submit("exit 1\n", "-h", dialect="SGE", name="first")
    by_id = await bench.submit("true\n", "-hold_jid", "22783", dialect="SGE")
    by_name = await bench.submit("true\n", "-hold_jid", "first,unheard-of", dialect="SGE")
    assert bench.job(by_id).state == bench.job(by_name).state == "H"
    await bench.engine.release(first)
    assert (await bench.ended(by_id)).exit_status == 0
    assert (await bench.ended(by_name)).exit_status == 0


async def test_over_h_rt_and_deleted_are_137(bench):
    over = await bench.submit("#$ -l h_rt=1\nsleep 60\n", dialect="SGE")
    deleted = await bench.submit("sleep 60\n", dialect="SGE")
    await bench.running(deleted)
    await bench.engine.delete(deleted)
    assert (await bench.ended(deleted)).exit_status == 137
    assert (await bench.ended(over)).exit_status == 137
    assert "walltime" in str(bench.job(over).comment)
    pending = await bench.submit("true\n", "-h", dialect="SGE")
    await bench.engine.delete(pending)
    assert bench.job(pending).exit_status is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-N", "1abc"), "is not a valid object name"),
        (("-pe", "mpi", "0"), "qsub: illegal -pe value"),
        (("-bogus",), 'Unknown option "-bogus"'),
        (("-t", "0-3"), "qsub: illegal -t value"),
        (("-l", "h_vmem=99G"), "max mem"),
        (("-l", "h_rt=soon"), "qsub: illegal -l value"),
    ],
)
async def test_bad_requests_are_refused(bench, arguments, words):
    with pytest.raises(Rejected) as caught:
        await bench.submit("true\n", *arguments, dialect="SGE")
    assert words in str(caught.value)


async def test_output_paths_take_the_dialects_variables(bench):
    await bench.ended(
        await bench.submit(
            "echo x\n", "-o", "$HOME/$JOB_NAME.$JOB_ID.log", "-j", "y", dialect="SGE"
        )
    )
    assert bench.text("job.sh.22783.log") == "x\n"
