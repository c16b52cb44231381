"""Something is there already: what to do about it, for a copy and for an edited file."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum

from podtui.domain.text import visible
from podtui.domain.transfer import Conflict
from podtui.services.conflicts import Clash
from podtui.services.editing import FileNow
from podtui.tui.screens.choice import Choice, ChoiceScreen
from podtui.tui.widgets.file_list import short_size

_LABELS = {
    Conflict.SKIP: "Skip",
    Conflict.NEWER: "Newer only",
    Conflict.CHANGED: "Changed only",
    Conflict.DIFFERS: "Other hash only",
    Conflict.RENAME: "Rename",
    Conflict.OVERWRITE: "Overwrite",
    Conflict.ASK: "Ask for each",
}


def _choices(*rules: Conflict) -> tuple[Choice, ...]:
    return tuple(Choice(rule.value, _LABELS[rule], rule.meaning) for rule in rules)


class ConflictScreen(ChoiceScreen):
    """Asked once, before copies of which some names are taken; answers with a rule for all files.

    The caller gets `Chosen.key` as the value of a Conflict.
    """

    def __init__(self, body: str) -> None:
        body = f"{body}\nIn a folder, this is for each file that is there already."
        super().__init__("There already", body, _choices(*_LABELS), escape="Esc copies nothing")


class ClashScreen(ChoiceScreen):
    """Asked in the middle of a transfer, about one file; ticked, for all that follow in `place`."""

    def __init__(self, clash: Clash, place: str) -> None:
        new, old = clash.new, clash.old
        when = datetime.fromtimestamp(new.modified, UTC) if new.modified is not None else None
        body = (
            f"{visible(clash.target, 300)}\n\n"
            f"there  {_facts(old.size, old.modified)}\nnew    {_facts(new.size, when)}"
        )
        rules = [rule for rule in _LABELS if rule is not Conflict.ASK]
        tick = "The same for all that follow in this copy" if place else ""
        super().__init__(
            "This file is there already",
            body,
            _choices(*rules),
            tick=tick,
            escape="Esc skips it",
        )


class EditChoice(Enum):
    """What becomes of a text that was edited while somebody else changed the file."""

    BESIDE = "beside"
    KEEP = "keep"
    OVERWRITE = "overwrite"
    DROP = "drop"


class EditConflictScreen(ChoiceScreen):
    """Asked after the editor has ended; declined, the text is kept here."""

    def __init__(self, cluster: str, path: str, now: FileNow) -> None:
        became = "was removed" if now is FileNow.GONE else "was changed by somebody else"
        name = visible(path.rpartition("/")[2], 40)
        super().__init__(
            "Somebody was quicker",
            f"{visible(path, 200)} on {visible(cluster, 40)} {became} while you edited it.",
            (
                Choice("beside", "Keep mine beside", f"write it as {name}.mine"),
                Choice("keep", "Keep mine here", "leave it on this machine, and tell where"),
                Choice("overwrite", "Overwrite", "replace what is there now with mine"),
                Choice("drop", "Drop mine", "forget what I wrote"),
            ),
            escape="Esc keeps it here",
        )


def _facts(size: int, when: datetime | None) -> str:
    told = f"{short_size(size):>8}"
    return f"{told}  {when.astimezone():%Y-%m-%d %H:%M:%S}" if when else told
