"""What of a script or a description file becomes a field, and what does not."""

from __future__ import annotations

import json

import pytest

from podtui.backends.kotta.description import Description, check, describe, preview
from podtui.domain.job import ScriptDialect, Submission
from podtui.domain.script import with_token
from podtui.errors import InputError, NotOffered

SLURM, TORQUE = ScriptDialect.SLURM, ScriptDialect.TORQUE
SGE, OPENPBS = ScriptDialect.SGE, ScriptDialect.OPENPBS
README = {
    "user_email": "somebody@example.org",
    "executable": "/bin/echo 'Hello World!'",
    "jobname": "Hello World on Kotta",
    "queue": "Test",
    "script_name": "none.sh",
    "script": "",
    "jobtype": "script",
    "output_file_stdout": "STDOUT.txt",
    "output_file_stderr": "STDERR.txt",
    "outputs": "foo.txt",
    "walltime": "5",
}


def submission(text: str, dialect: ScriptDialect = SLURM, **more: object) -> Submission:
    """As the staging service makes one."""
    content = with_token(text, dialect, "0123abcd")
    return Submission(str(more.pop("filename", "relax.sh")), content, dialect, "0123abcd", **more)  # type: ignore[arg-type]


def made(text: str, dialect: ScriptDialect = SLURM, **more: object) -> Description:
    return describe(submission(text, dialect, **more), "Test")


@pytest.mark.parametrize(
    ("dialect", "head"),
    [
        (SLURM, "#SBATCH -J relax -p Prod -t 90:30"),
        (TORQUE, "#PBS -N relax -q Prod -l walltime=01:30:30"),
        (OPENPBS, "#PBS -N relax -q Prod -l walltime=01:30:30"),
        (SGE, "#$ -N relax -q Prod -l h_rt=5430"),
    ],
)
def test_every_dialect_becomes_the_same_fields(dialect: ScriptDialect, head: str) -> None:
    told = made(f"#!/bin/bash -l\n{head}\necho hello\n", dialect)
    script = told.fields.pop("script")
    assert script.endswith("echo hello\n")
    assert told.fields == {
        "jobtype": "script",
        "jobname": "relax PODTUI_TOKEN=0123abcd",
        "queue": "Prod",
        "walltime": "91",
        "executable": "/bin/bash -l relax.sh",
        "script_name": "relax.sh",
        "output_file_stdout": "STDOUT.txt",
        "output_file_stderr": "STDERR.txt",
    }
    assert told.losses == ()


def test_what_has_no_equivalent_is_told_a_line_each() -> None:
    told = made(
        "#!/bin/bash\n#SBATCH -t 5 -n 4 --mem=1G -o out.txt -A acct\n#SBATCH --mail-type=END\n"
        "#SBATCH --licenses=x --comment=mine\necho\n"
    )
    assert [loss.partition(": ")[0] for loss in told.losses] == [
        *["line 2"] * 4,
        "line 3",
        *["line 4"] * 2,
    ]
    text = "\n".join(told.losses)
    for directive in ("--ntasks=4", "--mem=1G", "--output=out.txt", "--account=acct"):
        assert f" {directive}: " in text
    assert "--mail-type=END" in text
    assert "mine" in text
    assert "PODTUI_TOKEN" not in text
    check(told)


def test_one_core_is_what_one_gets_anyway() -> None:
    assert made("#PBS -l nodes=1:ppn=1,walltime=60\ntrue\n", TORQUE).losses == ()
    assert made("#PBS -l nodes=1:ppn=2,walltime=60\ntrue\n", TORQUE).losses != ()


@pytest.mark.parametrize(
    "directive", ["--array=1-3", "--dependency=afterok:7", "--hold", "--begin=16:00"]
)
def test_a_job_that_would_be_another_one_is_not_sent(directive: str) -> None:
    told = made(f"#!/bin/bash\n#SBATCH -t 5 {directive}\ntrue\n")
    assert any(directive.partition("=")[0] in loss for loss in told.losses)
    with pytest.raises(NotOffered, match=directive.partition("=")[0]):
        check(told)


def test_no_job_is_held() -> None:
    with pytest.raises(NotOffered, match="hold"):
        check(made("#SBATCH -t 5\ntrue\n", hold=True))


def test_variables_are_set_at_the_top_of_the_script() -> None:
    told = made("#!/bin/sh\n#PBS -l walltime=60 -v A=b,C='d e'\necho $A\n", TORQUE)
    assert told.fields["script"].splitlines()[:3] == ["#!/bin/sh", "export A=b", "export C='d e'"]
    assert told.losses == ()
    lost = made("#!/usr/bin/python3\n#PBS -l walltime=60 -v A=b,HOME\nprint()\n", TORQUE)
    assert [loss.partition(":")[0] for loss in lost.losses] == ["variable A", "variable HOME"]
    assert "export" not in lost.fields["script"]


@pytest.mark.parametrize(
    ("text", "dialect", "words"),
    [
        ("#!/bin/bash\necho\n", SLURM, "no walltime"),
        ("#SBATCH -t 5\n\udce4\n", SLURM, "not UTF-8"),
    ],
)
def test_what_the_service_needs_must_be_there(
    text: str, dialect: ScriptDialect, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        made(text, dialect)


def test_a_scripts_name_is_one_word_of_a_command() -> None:
    told = made("#SBATCH -t 5\ntrue\n", filename="my job;rm.sh")
    assert told.fields["executable"] == "/bin/bash my_job_rm.sh"
    assert told.fields["script_name"] == "my_job_rm.sh"


def test_outputs_and_inputs_are_comma_lists() -> None:
    told = made(
        "#SBATCH -t 5\ntrue\n",
        inputs=("/inputs/t/in.dat",),
        outputs=("~/out.dat", "log", "STDOUT.txt", "relax.sh", "log"),
    )
    assert told.fields["outputs"] == "out.dat,log"
    assert told.fields["inputs"] == "/inputs/t/in.dat"


@pytest.mark.parametrize("name", ["/jobs/7/x", "a/b", "..", "a,b", "~", "", "a\nb"])
def test_an_output_is_a_plain_name(name: str) -> None:
    with pytest.raises(InputError, match="cannot be an output"):
        made("#SBATCH -t 5\ntrue\n", outputs=(name,))


def test_the_preview_shows_the_form_without_the_login() -> None:
    shown = preview(submission("#SBATCH -t 5 -N 2\ntrue\n"), "Prod")
    assert json.loads(shown.text)["queue"] == "Prod"
    assert "access_token" not in shown.text
    assert shown.losses


LITERAL = """
{ 'jobtype' : "script", 'walltime': 5, # minutes
  'executable': "/bin/bash run.sh",
  'script_name': "run.sh",
  'script': '''#!/bin/bash
echo one
''', }
"""


def test_a_description_file_is_taken_as_it_is() -> None:
    told = made(json.dumps(README, indent=2), filename="hello.json")
    assert told.fields == {**README, "jobname": "Hello World on Kotta PODTUI_TOKEN=0123abcd"}
    with_more = made(json.dumps(README), outputs=("foo.txt", "bar.txt"), inputs=("/inputs/t/a",))
    assert with_more.fields["outputs"] == "foo.txt,bar.txt"
    assert with_more.fields["inputs"] == "/inputs/t/a"


@pytest.mark.parametrize("dialect", [SLURM, TORQUE, SGE])
def test_so_is_a_literal_as_the_reference_client_reads_it(dialect: ScriptDialect) -> None:
    told = made(LITERAL, dialect, filename="run.txt")
    assert told.fields["script"] == "#!/bin/bash\necho one\n"
    assert told.fields["walltime"] == "5"
    assert told.fields["queue"] == "Test"
    assert told.fields["jobname"] == "run PODTUI_TOKEN=0123abcd"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"walltime": "soon"}, "'walltime' must be a whole number"),
        ({"walltime": 0}, "'walltime' must be"),
        ({"walltime": True}, "'walltime' must be a text or a number"),
        ({"walltime": None}, "'walltime' must be"),
        ({"jobtype": "poem"}, "'jobtype' must be script or doc_to_vec"),
        ({"jobtype": "doc_to_vec"}, "'input_url' is missing"),
        ({"script": ["a"]}, "'script' must be a text"),
        ({"access_token": "Atza|x"}, "'access_token' does not belong"),
        ({"a b": "x"}, "'a b' is no name"),
        ({"script": "\ud800"}, "'script' must be a text"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        made(json.dumps({**README, **change}))
    assert "Atza" not in str(told.value)


def test_all_missing_fields_are_named_at_once() -> None:
    with pytest.raises(InputError) as told:
        made('{"jobtype": "script"}')
    for key in ("walltime", "executable", "script", "script_name"):
        assert f"'{key}' is missing" in str(told.value)


@pytest.mark.parametrize("text", ["{ echo hello; }\n", "{1, 2}", "{" * 5000, "{'a': __import__}"])
def test_a_brace_alone_makes_no_description(text: str) -> None:
    with pytest.raises(InputError, match="no job description"):
        made(text)


def test_a_script_may_begin_with_a_brace_behind_its_first_line() -> None:
    told = made("#!/bin/bash\n#SBATCH -t 5\n{ echo hello; }\n")
    assert told.fields["executable"] == "/bin/bash relax.sh"


def test_the_mark_of_an_earlier_submission_is_replaced() -> None:
    again = made(json.dumps({**README, "jobname": "relax PODTUI_TOKEN=fedcba98"}))
    assert again.fields["jobname"] == "relax PODTUI_TOKEN=0123abcd"
