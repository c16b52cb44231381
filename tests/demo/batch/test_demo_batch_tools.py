"""qsub, qstat, qdel, qhold and qrls as a user types them."""

from xml.etree import ElementTree

from podtui.demo.batch.owner import Owner


async def test_qsub_takes_a_file_with_arguments_or_standard_input(bench):
    (bench.home / "a.sh").write_text("#PBS -N named\necho $1 $2\n")
    assert await bench.tool("qsub", "-j", "oe", "a.sh", "x", "y z") == (0, "22783.pod\n", "")
    assert await bench.tool("qsub", "-N", "typed", stdin=b"echo from stdin\n") == (
        0,
        "22784.pod\n",
        "",
    )
    await bench.ended("22783.pod")
    await bench.ended("22784.pod")
    assert bench.text("named.o22783") == "x y z\n"
    assert bench.text("typed.o22784") == "from stdin\n"


async def test_qsub_knows_a_grid_engine_script_by_its_lines(bench):
    (bench.home / "g.sh").write_text("#$ -N grid\necho $JOB_ID $NSLOTS\n")
    assert await bench.tool("qsub", "-pe", "mpi", "2", "-j", "y", "g.sh") == (0, "22783.pod\n", "")
    await bench.ended("22783.pod")
    assert bench.text("grid.o22783") == "22783 2\n"


async def test_qsub_refuses_as_torque_does(bench):
    code, out, err = await bench.tool("qsub", "-q", "nope", stdin=b"true\n")
    assert (code, out) == (172, "")
    assert err == "qsub: submit error (Unknown queue MSG=cannot locate queue)\n"
    code, _, err = await bench.tool("qsub", "missing.sh")
    assert code == 1
    assert "cannot be loaded - No such file or directory" in err
    code, _, err = await bench.tool("qsub", "-Z")
    assert code == 2
    assert err.startswith("qsub: invalid option -- 'Z'\nusage: qsub")
    code, out, _ = await bench.tool("qsub", "--help")
    assert code == 0
    assert "#$" in out


async def test_qstat_prints_the_table_of_torque(bench):
    assert await bench.tool("qstat") == (0, "", "")
    await bench.submit("true\n", "-h", "-N", "held")
    code, out, _ = await bench.tool("qstat")
    assert code == 0
    assert out.splitlines() == [
        "Job ID                    Name             User            Time Use S Queue",
        "------------------------- ---------------- --------------- -------- - -----",
        "22783.pod                  held             penguin                0 H M40            ",
    ]
    assert await bench.tool("qstat", "99.pod") == (153, "", "qstat: Unknown Job Id Error 99.pod\n")


async def test_qstat_f_folds_and_unfolds_to_the_attributes(bench):
    value = "v" * 200
    job_id = await bench.submit("true\n", "-h", "-v", f"LONG={value},B=2")
    _, out, _ = await bench.tool("qstat", "-f", job_id)
    assert out.startswith("Job Id: 22783.pod\n    Job_Name = job.sh\n")
    assert max(len(line) for line in out.splitlines()) <= 80
    unfolded = out.replace("\n\t", "")
    assert f"LONG={value},B=2" in unfolded
    assert "    Resource_List.nodes = 1:ppn=1\n" in unfolded


async def test_qstat_x_is_xml_whatever_stands_in_it(bench):
    (bench.home / "a.sh").write_text("#PBS -h\n#PBS -v NASTY='<&>\x07é'\ntrue\n")
    code, out, err = await bench.tool("qsub", "a.sh")
    assert (code, err) == (0, "")
    _, out, _ = await bench.tool("qstat", "-x")
    root = ElementTree.fromstring(out)
    assert root.tag == "Data"
    assert root.findtext("Job/Job_Id") == "22783.pod"
    assert root.findtext("Job/Resource_List/nodes") == "1:ppn=1"
    assert "NASTY=<&>?é" in str(root.findtext("Job/Variable_List"))
    assert str(root.findtext("Job/qtime")).isdecimal()


async def test_qstat_shows_tasks_and_users_when_asked(bench):
    await bench.submit("true\n", "-t", "1-2", "-h")
    _, out, _ = await bench.tool("qstat", "-t")
    assert [line.split()[0] for line in out.splitlines()[2:]] == ["22783[1].pod", "22783[2].pod"]
    _, out, _ = await bench.tool("qstat", "-u", "penguin")
    assert "22783[].pod" in out
    assert "Req'd" in out
    assert (await bench.tool("qstat", "-u", "nobody"))[1] == ""


async def test_qhold_qrls_and_qdel_take_several_and_go_on_after_one_unknown(bench):
    one = await bench.submit("true\n", "-h")
    two = await bench.submit("true\n", "-h")
    code, _, err = await bench.tool("qrls", "99", one)
    assert (code, err) == (153, "qrls: Unknown Job Id Error 99\n")
    await bench.ended(one)
    assert await bench.tool("qhold", two) == (0, "", "")
    assert await bench.tool("qdel", two) == (0, "", "")
    code, _, err = await bench.tool("qdel", two)
    assert code == 170
    assert err == (
        "qdel: Request invalid for state of job MSG=invalid state for job - COMPLETE 22784.pod\n"
    )
    assert (await bench.tool("qdel"))[0] == 2


async def test_another_users_job_is_not_ours_to_delete(bench):
    other = Owner("other", "zoo", bench.home)
    script = bench.home / "a.sh"
    script.write_text("true\n")
    job_id = await bench.engine.submit(
        other, script, dialect="TRQ", workdir=bench.home, arguments=["-h"]
    )
    assert await bench.tool("qdel", job_id) == (159, "", "qdel: Unauthorized Request  22783.pod\n")


async def test_a_long_state_folder_is_no_hindrance(bench, tmp_path):
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    await bench.engine.close()
    bench.folder = deep
    bench.engine = bench.make_engine()
    await bench.engine.start()
    assert (await bench.tool("qsub", "-h", stdin=b"true\n"))[0] == 0
    assert "STDIN" in (await bench.tool("qstat"))[1]
