"""The whole command line against an embedded pod, each line a process of its own."""

from __future__ import annotations

import hashlib
import os
import pty
import re
import signal
import subprocess

import pytest

from tests.cli.conftest import PATIENCE, PODTUI

SCRIPT = """\
#!/bin/bash
#PBS -N story
#PBS -j oe
#PBS -l nodes=1:ppn=1
cd $PBS_O_WORKDIR
sha256sum < ~/data/big.dat > ~/data/out.txt
"""
GATED = """\
#!/bin/bash
#PBS -N gated
#PBS -j oe
#PBS -l nodes=1:ppn=1
until [ -e ~/data/go ]; do sleep 0.1; done
echo through > ~/data/gated.txt
"""
FAILING = "#!/bin/bash\n#PBS -N failing\n#PBS -l nodes=1:ppn=1\nexit 3\n"
SUBMITTED = re.compile(r"^Job Submitted successfully\.  Job ID: (\S+)$", re.MULTILINE)

pytestmark = pytest.mark.usefixtures("node")


@pytest.fixture
def work(pod):
    """The person's folder with what the issue's lines name."""
    (pod.folder / "in.dat").write_bytes(b"in\n")
    (pod.folder / "big.dat").write_bytes(bytes(range(256)) * 4096)
    for name, text in (("run", SCRIPT), ("gated", GATED), ("fail", FAILING)):
        (pod.folder / f"{name}.sub").write_text(text)
    return pod.folder


def _id(stdout: str) -> str:
    found = SUBMITTED.search(stdout)
    assert found, stdout
    return found[1]


def test_clusters_tells_what_is_offered(here):
    (cluster,) = here("clusters")["data"]
    assert (cluster["link"], cluster["controller"]["name"]) == ("online", "POD MT1")
    assert {name for name, offer in cluster["offers"].items() if offer["offered"]} == {
        "jobs",
        "files",
        "nodes",
        "keys",
    }


def test_clusters_v_tells_what_a_poll_costs(here):
    (cluster,) = here("clusters", "-v")["data"]
    assert re.fullmatch(
        r"\d+ jobs? of yours, told in \S+ s; asked every \S+ s while you look", cluster["polls"]
    )


def test_a_node_and_all_it_needs_are_made_once(here, node):
    made = {step["phase"] for step in node["steps"] if step["made"]}
    assert made == {"account", "volume", "key", "instance"}
    assert (node["ready"], node["node"]["status"]) == (True, "ACTIVE")
    again = here("nodes", "create", "--wait")["data"]
    assert not any(step["made"] for step in again["steps"])
    assert again["node"]["id"] == node["node"]["id"]
    listed = here("nodes")["data"]
    assert [one["id"] for one in listed["nodes"]] == [node["node"]["id"]]
    assert {"account", "volume", "nodes", "images", "flavors"} == set(listed)


def test_a_job_with_its_files_there_and_back(pod, work):
    assert "in.dat → ~/data/in.dat" in pod.types("put", "in.dat", "~/data/in.dat").stdout
    done = pod.types(
        "submit",
        "--stagein",
        "big.dat:~/data/big.dat",
        "--stageout",
        "~/data/out.txt:results/out.txt",
        "--wait",
        "run.sub",
    )
    job_id = _id(done.stdout)
    digest = hashlib.sha256((work / "big.dat").read_bytes()).hexdigest()
    assert (work / "results/out.txt").read_text().split()[0] == digest
    assert f"Job {job_id}: completed, exit status 0, its results are back" in done.stdout
    told = done.stderr.splitlines()
    assert all(line.startswith(f"{job_id}: ") for line in told)
    assert f"{job_id}: staging in" in told

    row = next(line for line in pod.types("status").stdout.splitlines() if job_id in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2:] == ["COMPUTE", "COMPLETE", "story", "C", "FINISHED", "FINISHED"]
    data = pod.asks("status", "-j", job_id)["data"]
    assert (data["state"], data["exit_status"], data["name"]) == ("completed", 0, "story")
    assert data["staging"]["phase"] == "done"


def test_podsh_lines_with_commas_and_equals(pod, here, work):
    (work / "folder").mkdir()
    (work / "folder/one").write_text("1")
    here("stagein", "--files=in.dat:~/lists/,folder:~/lists/")
    listed = here("ls", "~/lists")["data"]["entries"]
    assert {(one["name"], one["kind"]) for one in listed} == {
        ("in.dat", "file"),
        ("folder", "folder"),
    }
    here("stageout", "--files=~/lists/folder:back/,~/lists/in.dat:back/")
    assert (work / "back/folder/one").read_text() == "1"
    assert (work / "back/in.dat").read_bytes() == b"in\n"
    assert "folder/" in pod.types("ls", "~/lists").stdout


def test_a_killed_podtui_leaves_a_job_that_the_next_takes_on(pod, work):
    (work / "go").write_bytes(b"")
    waiting = pod.starts(
        "submit",
        "--stagein=in.dat:~/data/in2.dat",
        "--stageout=~/data/gated.txt:.",
        "--wait",
        "gated.sub",
    )
    with waiting:
        assert waiting.stdout is not None
        job_id = _id(waiting.stdout.readline())
        waiting.send_signal(signal.SIGKILL)
        waiting.communicate(timeout=PATIENCE)
    unfinished = pod.asks("status", "-j", job_id)["data"]["staging"]["phase"]
    assert unfinished in ("submitting", "staging in", "releasing", "watching")
    pod.types("put", "go", "~/data/go")
    (one,) = pod.asks("wait")["data"]["jobs"]
    assert (one["id"], one["state"], one["staging"]["succeeded"]) == (job_id, "completed", True)
    assert (work / "gated.txt").read_text() == "through\n"
    assert pod.types("wait").stdout == "Nothing to wait for.\n"
    names = [job["name"] for job in pod.asks("status")["data"]["jobs"]]
    assert names.count("gated") == 1
    pod.types("put", "in.dat", "~/data/in.dat")


def test_ctrl_c_leaves_the_job_to_the_journal(pod, work):
    job_id = _id(pod.types("submit", "--hold", "fail.sub").stdout)
    with pod.starts("wait", job_id) as waiting:
        assert waiting.stderr is not None
        while "held" not in waiting.stderr.readline():
            assert waiting.poll() is None
        waiting.send_signal(signal.SIGINT)
        _, told = waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == 130
    assert "The journal keeps it" in told
    assert pod.asks("status", "-j", job_id)["data"]["state"] == "held"
    pod.types("cancel", job_id)


def test_a_job_that_fails_is_the_commands_failure(pod, work):
    envelope = pod.asks("submit", "--wait", "fail.sub", code=20)
    assert (envelope["data"]["state"], envelope["data"]["exit_status"]) == ("failed", 3)
    assert "exit status 3" in envelope["error"]["message"]
    done = pod.types("wait", envelope["data"]["id"], code=20)
    assert "exit status 3" in done.stderr


def test_an_output_that_is_missing_is_a_failed_staging(here, work):
    (work / "none.sub").write_text(FAILING.replace("exit 3", "exit 0"))
    envelope = here("submit", "--stageout=~/nothing.here:.", "--wait", "none.sub", code=21)
    assert envelope["error"]["title"] == "Output missing"
    job_id = envelope["data"]["id"]
    assert f"podtui wait {job_id}" in envelope["error"]["hint"]
    here("put", "in.dat", "~/nothing.here")
    here("wait", job_id)
    assert (work / "nothing.here").read_bytes() == b"in\n"


def test_hold_release_and_cancel(here, work):
    endless = GATED.replace("gated", "endless").replace("data/go", "data/never")
    (work / "endless.sub").write_text(endless)
    job_id = here("submit", "--hold", "endless.sub")["data"]["id"]

    def state() -> str:
        word: str = here("status", "-j", job_id)["data"]["state"]
        return word

    assert state() == "held"
    here("release", job_id)
    assert state() in ("queued", "running")
    here("cancel", job_id)
    here("hold", job_id, code=7)
    assert here("release", job_id, code=7)["error"]["title"] == "Job ended"
    assert here("wait", "1.pod", code=7)["error"]["title"] == "Job not known"
    envelope = here("cancel", "1.pod", job_id, code=7)
    assert [one["done"] for one in envelope["data"]["jobs"]] == [False, True]


def test_a_script_is_replaced_only_when_that_is_wanted(here, work):
    (work / "own.sub").write_text(FAILING)
    first = here("submit", "--hold", "own.sub")["data"]["id"]
    assert here("submit", "--no-overwrite", "own.sub", code=7)["error"]["hint"]
    here("cancel", first, here("submit", "--hold", "--overwrite", "own.sub")["data"]["id"])


def test_a_held_job_waits_for_its_files_before_it_can_be_released(here, work):
    job_id = here("submit", "--stagein=big.dat:~/data/late.dat", "run.sub")["data"]["id"]
    assert here("release", job_id, code=2)["error"]["title"] == "Stage-in not finished"
    here("hold", job_id)
    here("cancel", job_id)
    assert here("status", "-j", job_id)["data"]["staging"]["phase"] == "cancelled"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("submit", "nowhere.sub"), 2),
        (("submit", "--sched=SGE", "run.sub"), 2),
        (("submit", "--sched=LSF", "run.sub"), 2),
        (("submit", "--hash-algo=crc32", "run.sub"), 2),
        (("submit", "--stagein", "nowhere.dat", "run.sub"), 7),
        (("status", "-j", "1.pod"), 7),
        (("status", "--group", "nobodys"), 7),
        (("ls", "~/nowhere"), 7),
        (("get", "~/nowhere", "."), 7),
        (("put", "nowhere", "~"), 7),
        (("keys", "remove", "SHA256:none"), 7),
        (("keys", "add", "nowhere.pub"), 12),
        (("nodes", "delete", "nowhere"), 7),
        (("nodes", "create", "--flavor", "huge"), 2),
    ],
)
def test_refusals_have_their_codes(here, work, words, code):
    envelope = here(*words, code=code)
    assert envelope["error"]["title"]
    assert envelope["error"]["message"]


def test_keys_are_made_put_on_and_taken_off(here, pod):
    made = here("keys", "generate", "another", "--comment", "another one")["data"]
    assert (made["comment"], made["encrypted"]) == ("another one", False)
    here("keys", "generate", "another", code=7)
    here("keys", "add", "another.pub")
    there = here("keys")["data"]["cluster"]
    assert made["fingerprint"] in [key["fingerprint"] for key in there]
    here("keys", "remove", made["fingerprint"])
    assert made["fingerprint"] not in pod.types("keys").stdout
    here("keys", "add", "another", code=2)  # the private half never leaves


def test_doctor_finds_everything_well(pod, work):
    data = pod.asks("doctor")["data"]
    assert data["healthy"]
    assert {check["name"] for check in data["checks"]} == {
        "configuration",
        "token",
        "login",
        "account",
        "volume",
        "login node",
        "clock",
        "quota",
        "files",
        "write and hash",
        "space there",
        "job list",
        "space here",
    }
    assert "All is well." in pod.types("doctor").stdout
    left = [entry["name"] for entry in pod.asks("ls")["data"]["entries"]]
    assert not [name for name in left if "doctor" in name]


def test_doctor_tells_what_fails_and_the_next_step(pod):
    wrong = {"PODTUI_CLUSTERS__POD__API_SECRET": "hunter2"}
    somebody = type(pod)(
        pod.home,
        pod.folder,
        pod.options,
        {**wrong, "PODTUI_STATE_DIR": str(pod.folder / "fresh")},
    )
    envelope = somebody.asks("doctor", code=1)
    by_name = {check["name"]: check for check in envelope["data"]["checks"]}
    assert by_name["login"]["ok"] is False
    assert by_name["login"]["hint"]
    assert by_name["files"]["ok"] is by_name["write and hash"]["ok"] is None
    assert "hunter2" not in str(envelope)


def test_a_reader_that_leaves_ends_the_command_quietly(pod):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*PODTUI, *pod.options, "clusters"],
        stdout=write,
        stderr=subprocess.PIPE,
        env=pod.environment,
        cwd=pod.folder,
        timeout=PATIENCE,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_bars_move_on_a_terminal_and_not_in_a_pipe(pod, work):
    told = pod.types("put", "big.dat", "~/data/bar.dat").stderr
    assert not {"\x1b", "\r"} & set(told)  # at most a plain line a second
    assert all(line.startswith("↑ big.dat ") for line in told.splitlines())
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*PODTUI, *pod.options, "put", "big.dat", "~/data/bar.dat"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=pod.environment | {"TERM": "xterm"},
        cwd=pod.folder,
    ) as process:
        os.close(theirs)
        shown = b""
        while block := _read(ours):
            shown += block
        assert process.wait(PATIENCE) == 0
    os.close(ours)
    assert "↑ big.dat done" in shown.decode()
    assert "1.0/1.0 MiB" in shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux: the other side of the terminal is closed
        return b""
