"""slurmrestd's API versions: which are known, and all they differ in, in one table.

Sources: Slurm's REST API reference and release notes; answers recorded from 22.05, 25.05 and 26.05.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from podtui.errors import ConfigError

OLDEST, NEWEST = 36, 45
_NAME = re.compile(r"v?0\.0\.(\d{1,4})")
_ROUTE = re.compile(r"/slurm/v0\.0\.(\d{1,4})/")


class Feature(Enum):
    """One way in which versions differ; `Api.has` tells which way a version goes."""

    STANDARD_NAMES = auto()  # standard_output, standard_input; before: standard_out, standard_in
    USER_NAMES = auto()  # jobs tell their owner's name; before: the number alone
    KEEPS_NAME = auto()  # a change of a job leaves its name alone; before: it became "openapi"
    RESERVATIONS = auto()
    GROUP_NAMES = auto()  # jobs tell the name of their group
    TIME_MINIMUM = auto()  # the field time_minimum of a submission
    TYPED = auto()  # Slurm's own field names and types; before: those of sbatch's options
    HISTORY_BY_USER = auto()  # /slurmdb/jobs takes users=
    BULK_DELETE = auto()  # DELETE /jobs/, which tells how each went
    PLAIN_TIMES = auto()  # update_time= is a number; from TYPED on it was uts and the number
    DELETE_TELLS = auto()  # DELETE /job/ID tells it too; from BULK_DELETE on it was silent
    HISTORY_PING = auto()
    REQUEUE = auto()


_SINCE = {
    Feature.STANDARD_NAMES: 37,
    Feature.USER_NAMES: 37,
    Feature.KEEPS_NAME: 37,
    Feature.RESERVATIONS: 37,
    Feature.GROUP_NAMES: 38,
    Feature.TIME_MINIMUM: 38,
    Feature.TYPED: 39,
    Feature.HISTORY_BY_USER: 39,
    Feature.BULK_DELETE: 40,
    Feature.PLAIN_TIMES: 42,
    Feature.DELETE_TELLS: 42,
    Feature.HISTORY_PING: 42,
    Feature.REQUEUE: 45,
}


@dataclass(frozen=True, slots=True)
class Api:
    """One version as a server serves it; one newer than NEWEST is spoken to as NEWEST is."""

    number: int

    @property
    def name(self) -> str:
        """As it stands in addresses."""
        return f"v0.0.{self.number}"

    @property
    def known(self) -> bool:
        """Whether podtui was made knowing it."""
        return OLDEST <= self.number <= NEWEST

    def has(self, feature: Feature) -> bool:
        """Whether this version does it."""
        return self.number >= _SINCE[feature]

    def __str__(self) -> str:
        return self.name if self.known else f"{self.name} (unknown here, taken as v0.0.{NEWEST})"


def candidates() -> tuple[Api, ...]:
    """The known versions, newest first: the order to ask a server in."""
    return tuple(Api(number) for number in range(NEWEST, OLDEST - 1, -1))


def configured(text: str) -> Api | None:
    """The version of the key `api`, None for "auto"; ConfigError for what is none."""
    if text in ("", "auto"):
        return None
    match = _NAME.fullmatch(text)
    if match is None or int(match[1]) < OLDEST:
        raise ConfigError(
            f"api is {text!r}: neither auto nor a version from v0.0.{OLDEST} on.",
            hint='Leave it out, or write a version such as "v0.0.41".',
        )
    return Api(int(match[1]))


def unseen(specification: str) -> Api | None:
    """The oldest version newer than all known ones that an OpenAPI text lists routes for."""
    newer = [int(number) for number in _ROUTE.findall(specification) if int(number) > NEWEST]
    return Api(min(newer)) if newer else None
