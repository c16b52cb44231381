"""What a command line that is being typed may become."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from textual.fuzzy import Matcher

from podtui.domain.command_words import BY_WORD, WORDS, CommandWord, Takes, split, split_place
from podtui.domain.entry import Entry
from podtui.domain.job_query import complete
from podtui.domain.text import visible
from podtui.tui.palette import Command

MOST = 60
"""Offers; who looks for something further types one more letter."""
_RECALLED = 5  # lines given earlier that are offered before a letter is typed
Names = Callable[[str, str], tuple[Entry, ...]]
"""An end and a folder there, ending with `/` → what is in it; nothing while that is asked."""


class Offer(NamedTuple):
    """One line of the list. `line` is what the field becomes; a `command` is run as it is.

    `whole`: it can be run as it stands; else something must be typed behind it.
    """

    line: str
    label: str
    tells: str = ""
    command: Command | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """What can be named just now. `end` is that of the side of the Files pane in use."""

    commands: tuple[Command, ...] = ()
    clusters: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    earlier: tuple[str, ...] = ()
    end: str = ""
    folder: str = ""
    jobs: Callable[[str], Iterable[tuple[str, str]]] = field(default=lambda _: ())


def offers(line: str, known: Known, names: Names) -> list[Offer]:
    """What `line` may become, the best first."""
    name, argument = split(line)
    word = BY_WORD.get(name)
    typed = line.lstrip(": ")
    if word is not None and (" " in typed or typed.startswith(("/", "~"))):
        return list(_arguments(word, argument, known, names))[:MOST]
    if not name:
        recalled = [Offer(one, one, "given earlier") for one in known.earlier[:_RECALLED]]
        return [*recalled, *(_of_word(one) for one in WORDS), *map(_of_key, known.commands)][:MOST]
    begun = [one for one in WORDS if one.name.startswith(name)]
    return [*(_of_word(one) for one in begun), *_by_likeness(typed.strip(), known)][:MOST]


def earlier_with(words: str, known: Known) -> list[Offer]:
    """The lines given earlier that have `words`, the latest first."""
    wanted = words.casefold()
    return [Offer(line, line) for line in known.earlier if wanted in line.casefold()][:MOST]


def _of_word(word: CommandWord) -> Offer:
    label = f"{word.name} {word.placeholder}".rstrip()
    return Offer(f"{word.name} ", label, word.tells, whole=not word.needs)


def _of_key(command: Command) -> Offer:
    return Offer(command.name, command.title, command.help, command)


def _by_likeness(typed: str, known: Known) -> Iterator[Offer]:
    """The keys' commands that are called so or nearly so, then themes and clusters."""
    match = Matcher(typed).match
    found = []
    for at, command in enumerate(known.commands):
        same = command.name.casefold() == typed.casefold()
        score = float("inf") if same else match(command.title)
        if score > 0:
            found.append((-score, at, _of_key(command)))
    yield from (offer for _, _, offer in sorted(found, key=lambda one: one[:2]))
    for theme in known.themes:
        if match(f"theme {theme}") > 0:
            yield Offer(f"theme {theme}", f"theme {theme}", "Keep these colours")
    for cluster in known.clusters:
        if match(f"cluster {cluster}") > 0:
            yield Offer(f"cluster {cluster}", f"cluster {visible(cluster, 40)}", "Look at it")


def _arguments(word: CommandWord, argument: str, known: Known, names: Names) -> Iterator[Offer]:
    """What may stand behind `word`, given what stands there."""
    if word.takes in (Takes.FOLDER, Takes.SCRIPT):
        yield from _paths(word, argument, known, names)
    elif word.takes is Takes.FILTER:
        longer = complete(argument, known.clusters) if argument else ""
        for text in dict.fromkeys((longer, *known.filters)):
            if text and text != argument and text.startswith(argument):
                yield Offer(f"{word.name} {text}", text, "" if text == longer else "used earlier")
    elif word.takes is Takes.JOB:
        for job, tells in known.jobs(argument):
            yield Offer(f"{word.name} {job}", visible(job, 60), tells)
    else:
        turned = "-" if argument.startswith("-") and word.takes is Takes.COLUMN else ""
        for text, tells in _fixed(word.takes, known):
            if text.casefold().startswith(argument.removeprefix(turned).casefold()):
                yield Offer(f"{word.name} {turned}{text}", turned + visible(text, 60), tells)


def _fixed(takes: Takes, known: Known) -> tuple[tuple[str, str], ...]:
    """What an argument of this kind can be, and what that means."""
    if takes is Takes.COLUMN:
        return known.columns
    plain = {Takes.THEME: known.themes, Takes.CLUSTER: known.clusters, Takes.VIEW: known.views}
    return tuple((text, "") for text in plain.get(takes, ()))


def _paths(word: CommandWord, argument: str, known: Known, names: Names) -> Iterator[Offer]:
    """The names in the folder that is being typed; before a slash also the ends."""
    folders = word.takes is Takes.FOLDER
    end, path = split_place(argument, known.end, known.clusters) if folders else ("", argument)
    said = argument[: len(argument) - len(path)]
    above = path[: path.rfind("/") + 1]
    begun = path[len(above) :]
    if folders and not said and "/" not in path:
        for name in (*known.clusters, "here"):
            if name.startswith(path):
                yield Offer(f"{word.name} {name}:", f"{name}:", "the files there")
    where = above
    if folders and not above.startswith(("/", "~")):
        where = f"{known.folder.rstrip('/')}/{above}" if end == known.end else above
    for entry in names(end, where):
        fits = entry.name.casefold().startswith(begun.casefold()) and entry.name.isprintable()
        if not fits or entry.unsafe or (entry.name.startswith(".") and not begun):
            continue
        if entry.is_folder:
            line = f"{word.name} {said}{above}{entry.name}/"
            yield Offer(line, f"{entry.name}/", "", whole=folders)
        elif not folders:
            yield Offer(f"{word.name} {above}{entry.name}", entry.name)
