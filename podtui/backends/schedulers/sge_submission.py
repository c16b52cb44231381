"""A job script's way in, and how its job is found again by the token the script carries."""

from __future__ import annotations

import re

from podtui.backends.schedulers import sge_answers
from podtui.backends.schedulers.base import Argv, Output
from podtui.backends.schedulers.sge_xml import decode
from podtui.domain.script import TOKEN_VARIABLE
from podtui.errors import InputError, OutcomeUnknown

# A line `TOKEN NUMBER` for each submission, written before the answer goes out, by a shell that a
# cut link does not stop. Without it a short job would be over before it could be looked for.
_FOLDER = '"${XDG_STATE_HOME:-$HOME/.local/state}/podtui"'
_WRITTEN = f"{_FOLDER}/gridengine-submitted"
_SUBMIT = rf"""path=$1; shift
said=$(qsub -terse "$@" "$path"); status=$?; number=${{said%%[!0-9]*}}
[ -z "$number" ] || ( umask 077; mkdir -p {_FOLDER} &&
LC_ALL=C tr -c 0-9A-Za-z_= '\n' <"$path" |
sed -n "s/^{TOKEN_VARIABLE}=\([0-9A-Za-z][0-9A-Za-z]*\)\$/\1 $number/p" >>{_WRITTEN} ) 2>/dev/null
[ -z "$said" ] || printf '%s\n' "$said"
exit "$status" """

_HEADING = "podtui-submitted"
_WHOLE = ("</detailed_job_info>", "<unknown_jobs")
_TOKENS = re.compile(
    rf"<JB_job_number>(\d+)<|<VA_variable>{TOKEN_VARIABLE}</VA_variable>\s*<VA_value>([^<]*)<"
)


def all_jobs(*keep: str) -> str:
    """A shell command for all jobs' details, of which only the lines that `keep` (sed) stay.

    `qstat -j` tells some 4 kB a job; sed leaves a few lines of it at the far side. The lines that
    end an answer stay, so that a cut is seen. `<` is never printed raw: no job can forge a line.
    """
    ends = ("unknown_jobs", "/detailed_job_info", "comunication_error", "AN_text")
    lines = ["-e '/<JB_job_number>/p'", *keep, *(f"-e '\\,<{end},p'" for end in ends)]
    return f"qstat -j '*' -xml | LC_ALL=C sed -n {' '.join(lines)}"


def is_whole(answer: str) -> bool:
    """Whether the answer of `all_jobs` came to its end."""
    return any(end in answer for end in _WHOLE)


_TOKEN_LINES = f"-e '/<VA_variable>{TOKEN_VARIABLE}</{{' -e p -e n -e p -e '}}'"
_FIND = f"""written=$(grep "^$1 " {_WRITTEN} 2>/dev/null) &&
printf '%s\\n' {_HEADING} "$written" && exit
{all_jobs(_TOKEN_LINES)}"""


def submit_command(path: str, *, hold: bool) -> Argv:
    """Submit the script at `path` there, and write down which number its token got."""
    script = f"./{path}" if path.startswith("-") else path
    return ("sh", "-c", _SUBMIT, "sh", script, *(("-h",) if hold else ()))


def find_command(token: str) -> Argv:
    """Look into what was written down, else into the variables of all jobs that wait or run."""
    if not re.fullmatch(r"[0-9A-Za-z]{1,64}", token):
        raise InputError(f"{token!r} is not a submission's token.")
    return ("sh", "-c", _FIND, "sh", token)


def found(token: str, output: Output) -> tuple[str, ...]:
    """The numbers of all jobs with the token; OutcomeUnknown when the answer was cut off."""
    sge_answers.check_query(output)
    text = decode(output.stdout)
    heading, _, written = text.partition("\n")
    if heading == _HEADING:
        lines = [line.split() for line in written.splitlines()]
        numbers = [words[1] for words in lines if words[:1] == [token] and len(words) == 2]
        return tuple(dict.fromkeys(numbers))
    carriers: dict[str, None] = {}
    number = ""
    for one, value in _TOKENS.findall(text):
        number = one or number
        if value == token:
            carriers[number] = None
    if not carriers and not is_whole(text):
        raise OutcomeUnknown(f"Grid Engine's list was cut off: {sge_answers.words(output)}")
    return tuple(carriers)
