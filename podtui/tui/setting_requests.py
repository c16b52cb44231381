"""What the screens that change podtui itself ask of the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from textual.message import Message

from podtui.config.drafting import Changes
from podtui.config.survey import Survey
from podtui.domain.cluster import ClusterStatus
from podtui.errors import PodError


@dataclass
class ClusterTrialRequested(Message):
    """Log in to a cluster that is not configured yet; how it stands, or why it cannot be used."""

    name: str
    keys: dict[str, str]
    answer: Callable[[ClusterStatus | PodError], None]


@dataclass
class ClusterKeepingRequested(Message):
    """Write a cluster into the configuration and use it; None, or why it cannot be."""

    name: str
    keys: dict[str, str]
    answer: Callable[[PodError | None], None]


@dataclass
class ClusterSettingsRequested(Message):
    """Show the settings of one cluster."""

    cluster: str


@dataclass
class SurveyRequested(Message):
    """Read all settings anew; what they are, or why they cannot be read."""

    answer: Callable[[Survey | PodError], None]


@dataclass
class SettingsRequest(Message):
    """Something about `changes` to the file, which said `text` when they were made."""

    text: str = field(repr=False)
    changes: Changes = field(repr=False)


@dataclass
class ChangesTrialRequested(SettingsRequest):
    """Log in to a cluster as the changes would have it; nothing is written."""

    cluster: str
    answer: Callable[[ClusterStatus | PodError], None]


@dataclass
class ChangesKeepingRequested(SettingsRequest):
    """Write the changes and go by them; what was done in words, or why not.

    `untried`: a cluster that cannot be reached so is kept all the same.
    """

    untried: bool
    answer: Callable[[str | PodError], None]


@dataclass
class ClusterRemovalRequested(Message):
    """Take a cluster out of the file, which said `text`, after asking; whether it is gone."""

    cluster: str
    text: str = field(repr=False)
    answer: Callable[[PodError | None], None]
