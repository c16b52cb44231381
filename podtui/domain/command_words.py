"""The commands that are typed by name with something behind them, and how a line is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Takes(Enum):
    """What may stand behind a command's name."""

    FOLDER = "folder"
    SCRIPT = "script"
    THEME = "theme"
    CLUSTER = "cluster"
    FILTER = "filter"
    COLUMN = "column"
    VIEW = "view"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class CommandWord:
    """A command by its name; `needs` an argument or can do without."""

    name: str
    takes: Takes
    placeholder: str
    tells: str
    needs: bool = False


WORDS = (
    CommandWord("jobs", Takes.FILTER, "[WORDS]", "The jobs; with words, those that have them"),
    CommandWord("job", Takes.JOB, "ID", "Everything about one job", needs=True),
    CommandWord("files", Takes.FOLDER, "[PATH]", "The files; CLUSTER:PATH goes to that cluster"),
    CommandWord("submit", Takes.SCRIPT, "[FILE]", "The form for a new job, with this script"),
    CommandWord("cluster", Takes.CLUSTER, "NAME", "Log in to a cluster and look at it", needs=True),
    CommandWord("filter", Takes.FILTER, "[WORDS]", "Show only what has these words, or all again"),
    CommandWord("sort", Takes.COLUMN, "[-]COLUMN", "Sort by a column; - turns it", needs=True),
    CommandWord("view", Takes.VIEW, "NAME", "A view of the jobs that was kept", needs=True),
    CommandWord("theme", Takes.THEME, "[NAME]", "Have other colours, and keep them"),
)
BY_WORD = {word.name: word for word in WORDS}


def split(line: str) -> tuple[str, str]:
    """The name and what stands behind it; a path alone means that folder."""
    line = line.strip().removeprefix(":").lstrip()
    if line.startswith(("/", "~")):
        return ("files", line)
    name, _, argument = line.partition(" ")
    return (name.casefold(), argument.strip())


def split_place(argument: str, end: str, clusters: tuple[str, ...]) -> tuple[str, str]:
    """The end and the path meant by `CLUSTER:PATH`, `here:PATH`, or a path at `end`.

    An end is a cluster's name, or empty for this machine.
    """
    name, colon, path = argument.partition(":")
    if colon and name in clusters:
        return (name, path)
    if colon and name == "here":
        return ("", path)
    return (end, argument)


def remembered(line: str, earlier: tuple[str, ...], most: int) -> tuple[str, ...]:
    """The lines given so far, this one the latest, each once."""
    return (line, *(old for old in earlier if old != line))[:most]
