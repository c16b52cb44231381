"""The settings in groups, as the settings screen lists them."""

from __future__ import annotations

from dataclasses import dataclass

from podtui.config.keys import KEYMAP
from podtui.config.survey import DEFAULTS, SettingLine, Survey
from podtui.domain.text import visible

_TOP = {
    "theme": "Appearance",
    "notify": "Notices",
    "bell": "Notices",
    "desktop": "Notices",
}
_STAGING = ("sched", "overwrite", "hash_algo", "stageinmaxsize", "stageoutmaxsize")
GENERAL, TRANSFERS, SHARED, KEYS = "General", "Transfers", "All clusters", "Keys"
_ORDER = (GENERAL, "Appearance", "Notices", TRANSFERS, SHARED, KEYS)
_NOTES = {
    TRANSFERS: "For all clusters that do not set their own.",
    SHARED: "For all clusters that do not set their own.",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Some settings under a title; `cluster` is the cluster they belong to, if it is one."""

    title: str
    lines: tuple[SettingLine, ...] = ()
    cluster: str = ""
    note: str = ""

    @property
    def id(self) -> str:
        """What tells it from the others."""
        return f"cluster {self.cluster}" if self.cluster else self.title


def groups(survey: Survey) -> tuple[Group, ...]:
    """All groups: those of podtui itself, then one a cluster."""
    found: dict[str, list[SettingLine]] = {title: [] for title in _ORDER}
    for line in survey.lines[""]:
        if line.name != KEYMAP:
            found[_TOP.get(line.name, GENERAL)].append(line)
    for line in survey.lines[DEFAULTS]:
        found[TRANSFERS if line.name in _STAGING else SHARED].append(line)
    of_podtui = (Group(title, tuple(found[title]), note=_NOTES.get(title, "")) for title in _ORDER)
    of_clusters = (
        Group(visible(c.name, 40), survey.lines[c.name], c.name, f"A cluster of the kind {c.kind}.")
        for c in survey.config.clusters
    )
    return (*of_podtui, *of_clusters)
