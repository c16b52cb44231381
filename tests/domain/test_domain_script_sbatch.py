"""Slurm's job scripts: options read as sbatch reads them, and a comment that keeps what it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podtui.domain.job import ScriptDialect
from podtui.domain.script import directives, find_token, job_name, with_token
from podtui.domain.script_sbatch import find_option, quoted, split_words

SLURM = ScriptDialect.SLURM


def words(line: str) -> list[str]:
    return [word.text for word in split_words(line)]


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("-N 2 --time=5 # four\n", ["-N", "2", "--time=5"]),
        ("--comment=\"a b\"'c d'e\\ f", ["--comment=a bc de f"]),
        ('-J "it\'s \\"so\\""\r\n', ["-J", 'it\'s "so"']),
        ("-J a#b", ["-J", "a"]),
        ('-J "a#b', ["-J", "a#b"]),
        ("   \n", []),
        ("", []),
    ],
)
def test_words_are_split_as_sbatch_splits_them(line, read):
    assert words(line) == read


@given(st.text(st.characters(exclude_characters="\n")))
def test_a_quoted_word_is_read_back(text):
    assert words(f"a {quoted(text)} b") == ["a", text, "b"]


@given(st.text(max_size=40))
def test_no_line_breaks_the_reading(line):
    for word in split_words(line):
        assert word.start < word.end <= len(line)


def test_directives_stand_at_the_beginning_of_lines_to_the_first_command():
    script = "#!/bin/sh\n#SBATCH -n 1\n\n  # x\n #SBATCH -n 2\n#SBATCH -n 3\necho\n#SBATCH -n 4\n"
    assert [one.text for one in directives(script, SLURM)] == ["-n 1", "-n 3"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("#SBATCH -J a", "a"),
        ("#SBATCH -Ja -n 1", "a"),
        ("#SBATCH --job-name=a", "a"),
        ("#SBATCH --job-name 'a b'", "a b"),
        ("#SBATCH --job-n=a", "a"),
        ("#SBATCH --job", "job.sh"),
        ("#SBATCH -N 4", "job.sh"),
    ],
)
def test_the_name_is_read(line, name):
    assert job_name(f"#!/bin/sh\n{line}\n", SLURM, "job.sh") == name


@pytest.mark.parametrize(
    ("script", "sent"),
    [
        ("#!/bin/sh\necho\n", "#!/bin/sh\n#SBATCH --comment=PODTUI_TOKEN=t1\necho\n"),
        ("#SBATCH --comment=mine\n", '#SBATCH --comment="PODTUI_TOKEN=t1 mine"\n'),
        ("#SBATCH --comment mine -n 1\n", '#SBATCH --comment "PODTUI_TOKEN=t1 mine" -n 1\n'),
        (
            "#SBATCH --comment='it\\'s \"mine\"'\r\n",
            '#SBATCH --comment="PODTUI_TOKEN=t1 it\'s \\"mine\\""\r\n',
        ),
        ("#SBATCH --comm=a\n#SBATCH -n 1", '#SBATCH --comment="PODTUI_TOKEN=t1 a"\n#SBATCH -n 1'),
        (
            "#SBATCH --comment=a\n#SBATCH --comment=b\n",
            '#SBATCH --comment=a\n#SBATCH --comment="PODTUI_TOKEN=t1 b"\n',
        ),
        (
            "#SBATCH -n 1\n#SBATCH hetjob\n#SBATCH --comment=b\n",
            "#SBATCH --comment=PODTUI_TOKEN=t1\n"
            "#SBATCH -n 1\n#SBATCH hetjob\n#SBATCH --comment=b\n",
        ),
        ("#SBATCH --comment=\n", '#SBATCH --comment="PODTUI_TOKEN=t1"\n'),
    ],
)
def test_the_token_joins_the_comment(script, sent):
    assert with_token(script, SLURM, "t1") == sent.encode()


ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # of lines
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters=ENDS)) | st.binary().map(
    lambda raw: raw.decode("utf-8", "surrogateescape")
).filter(lambda text: not set(ENDS) & set(text))
"""One line of what a script's bytes can be read as: other half characters come from no file."""


@given(TEXTS)
def test_a_comment_of_any_text_is_kept(comment):
    script = f"#!/bin/sh\n#SBATCH --comment={quoted(comment)}\n"
    sent = with_token(script, SLURM, "t1").decode("utf-8", "surrogateescape").split("\n")[1]
    option = find_option(sent, "comment")
    assert option is not None
    assert find_token(option.value) == "t1"
    assert option.value.removeprefix("PODTUI_TOKEN=t1").removeprefix(" ") == comment
