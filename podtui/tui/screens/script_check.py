"""What a script says of itself, and what is wrong with it, before it is sent. Pure."""

from __future__ import annotations

import re

from rich.text import Text

from podtui.domain.job import ScriptDialect
from podtui.domain.script import check_script, directives, job_name
from podtui.domain.script_sbatch import PREFIX, find_option
from podtui.domain.text import visible
from podtui.errors import PodError

_SLURM_WISHES = (
    ("partition", "p"),
    ("nodes", "N"),
    ("ntasks", "n"),
    ("cpus-per-task", "c"),
    ("time", "t"),
    ("mem", ""),
    ("gres", ""),
)
_QUEUE = re.compile(r"(?:^|\s)-q\s*(\S+)")
_RESOURCES = re.compile(r"(?:^|\s)-(?:l|pe)\s*(\S+(?:\s+\d+)?)")


def problem_of(content: bytes, dialect: ScriptDialect, name: str) -> str:
    """Why this script would not be sent, with the next step; empty when it would."""
    try:
        check_script(content, dialect, name)
    except PodError as error:
        return f"{visible(error.message, 300)} {visible(error.hint, 200)}".rstrip()
    return ""


def script_facts(content: bytes, dialect: ScriptDialect, name: str, colour: str) -> Text:
    """The job's name, queue and resources, as the script's directives give them."""
    text = content.decode("utf-8", "surrogateescape")
    lines = [directive.text for directive in directives(text, dialect)]
    queue, wants = _slurm_wishes(lines) if dialect is ScriptDialect.SLURM else _wishes(lines)
    facts = Text()
    for label, value in (
        ("Name", job_name(text, dialect, name)),
        ("Queue", queue or "(the scheduler's default)"),
        ("Wants", "  ".join(wants) or "(the scheduler's default)"),
    ):
        facts.append(f"{label:<6} ", style=colour)
        facts.append(f"{visible(value, 120)}\n")
    facts.rstrip()
    return facts


def _wishes(lines: list[str]) -> tuple[str, list[str]]:
    """Queue and resources of TORQUE's, OpenPBS's and Grid Engine's directives."""
    queues = [match[1] for line in lines for match in _QUEUE.finditer(line)]
    wants = [match[1] for line in lines for match in _RESOURCES.finditer(line)]
    return queues[-1] if queues else "", wants


def _slurm_wishes(lines: list[str]) -> tuple[str, list[str]]:
    """Partition and resources of Slurm's; of two that say the same the later one holds."""
    found = {}
    for line in lines:
        for name, letter in _SLURM_WISHES:
            option = find_option(f"{PREFIX} {line}", name, letter)
            if option is not None:
                found[name] = option.value
    queue = found.pop("partition", "")
    return queue, [f"{name}={found[name]}" for name, _ in _SLURM_WISHES if name in found]
