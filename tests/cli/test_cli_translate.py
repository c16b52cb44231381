"""`podtui translate`: the script on stdout, the notes on stderr, `--diff`, `--json`, `--strict`."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.cli.conftest import PATIENCE, PODTUI

SCRIPT = b"#!/bin/bash\n#PBS -N caf\xc3\xa9 -l walltime=300\n#PBS -l qos=high\necho\n"


@pytest.fixture
def script(at_home):
    file = at_home / "run.pbs"
    file.write_bytes(SCRIPT)
    return str(file)


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_the_script_is_printed_alone_and_byte_for_byte(person, locale):
    (person.folder / "run.pbs").write_bytes(SCRIPT + b"echo \xff\n")
    done = subprocess.run(
        [*PODTUI, "translate", "--to", "slurm", "run.pbs"],
        cwd=person.folder,
        env={**person.environment, "LC_ALL": locale},
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout.startswith("#!/bin/bash\n#SBATCH --job-name=café\n".encode())
    assert done.stdout.endswith(b"echo\necho \xff\n")
    assert b"#SBATCH --time=00:05:00\n" in done.stdout
    assert b"no equivalent: line 3: -l qos=high" in done.stderr


def test_standard_input_is_read_where_no_file_is_named(person):
    done = subprocess.run(
        [*PODTUI, "translate", "--to", "sge", "-"],
        input=b"#SBATCH -J a\n",
        env=person.environment,
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout.startswith(b"#$ -N a\n")


def test_json_has_script_notes_and_diff(says, script):
    code, stdout, stderr = says("translate", "--to=slurm", "--json", script)
    data = json.loads(stdout)["data"]
    assert (code, sorted(data)) == (0, ["diff", "notes", "script"])
    lost = [note for note in data["notes"] if note["kind"] == "no equivalent"]
    assert [(note["line"], note["directive"]) for note in lost] == [(3, "-l qos=high")]
    assert data["script"].startswith("#!/bin/bash\n#SBATCH --job-name=café\n")
    assert "-#PBS -l qos=high\n" in data["diff"]
    assert "no equivalent" in stderr


def test_diff_prints_the_changes_instead(says, script):
    code, stdout, _ = says("translate", "--to=sge", "--diff", script)
    assert code == 0
    assert stdout.splitlines()[:2] == ["--- run.pbs", "+++ run.pbs (sge)"]
    assert "+#$ -l h_rt=00:05:00" in stdout.splitlines()


def test_strict_fails_where_something_is_lost_and_shows_the_script_all_the_same(says, script):
    code, stdout, stderr = says("translate", "--to=slurm", "--strict", script)
    assert code == 2
    assert stdout.startswith("#!/bin/bash\n#SBATCH")
    assert "Not all translated" in stderr
    code, stdout, _ = says("translate", "--to=slurm", "--strict", "--json", script)
    assert (code, json.loads(stdout)["data"]["script"][:11]) == (2, "#!/bin/bash")


def test_strict_is_content_where_nothing_is_lost(says, at_home):
    file = at_home / "run.sh"
    file.write_text("#!/bin/sh\n#SBATCH -n 1\necho\n")
    assert says("translate", "--to=torque", "--strict", str(file))[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--to=lsf"], 2, "slurm, torque, openpbs, sge"),
        (["--to=slurm", "--from=lsf"], 2, "slurm, torque, openpbs, sge"),
    ],
)
def test_a_scheduler_nobody_knows_is_refused_with_those_there_are(says, script, words, code, told):
    found, _, stderr = says("translate", *words, script)
    assert found == code
    assert told in stderr


@pytest.mark.parametrize(
    ("content", "code"), [(None, 12), (b"\0", 2), (b"echo\n", 2), (b"#PBS -h\n#SBATCH -H\n", 2)]
)
def test_what_is_no_script_or_of_no_one_dialect_is_refused(says, at_home, content, code):
    file = at_home / "odd"
    if content is not None:
        file.write_bytes(content)
    assert says("translate", "--to=slurm", str(file))[0] == code


def test_from_tells_which_of_two_dialects_is_meant(says, at_home):
    file = at_home / "both"
    file.write_text("#!/bin/sh\n#PBS -h\n#SBATCH -p x\necho\n")
    code, stdout, _ = says("translate", "--to=slurm", "--from=torque", str(file))
    assert code == 0
    assert {"#SBATCH --hold", "##SBATCH -p x"} <= {*stdout.splitlines()}
