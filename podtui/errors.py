"""Every failure a person can meet, as one tree.

    PodError
    ├── ConfigError        the configuration cannot be used as it stands
    ├── LoginRequired      the system refuses our credentials, or wants new ones
    │   ├── NodeRefused    the login node alone does; the cluster's other services know us
    │   └── PersonNeeded   it has questions, and what goes on by itself asks nobody
    │       └── NodeAsks   the login node alone has (a NodeRefused, too)
    ├── Unreachable        no answer: name, connection, timeout, a cut link
    ├── OutcomeUnknown     a request was sent and its answer lost: it may have happened
    ├── Refused            the system understood and said no
    │   ├── NotFound       it knows no such thing
    │   └── AlreadyThere   it has one already
    ├── BadAnswer          an answer without the promised shape
    ├── NotOffered         this cluster does not do that
    ├── HostKeyUnknown     a host seen for the first time, and nobody to ask
    ├── HostKeyChanged     a host that shows another key than before
    ├── InputError         what was asked for cannot be: a script, a path, a size
    ├── LimitExceeded      over a limit set by the user or the site
    ├── NoSpace            a disk or a quota is full, here or there
    ├── SourceChanged      a file vanished or changed while it was read
    ├── HashMismatch       the bytes that arrived are not the bytes sent
    ├── FileTrouble        a file or folder that cannot be read or written
    └── Cancelled          a person said no

Only PodError is caught, at one place in the screen and one in the command line.
Anything else is a bug and keeps its traceback.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


class PodError(Exception):
    """A failure with a title, a reason and a next step, safe to show: no secret is ever in it."""

    title: str = "Something went wrong"
    hint: str = ""
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, title: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.title = title or type(self).title
        self.hint = hint or type(self).hint


class ConfigError(PodError):
    """The configuration cannot be used as it stands."""

    title = "Configuration"
    hint = "`podtui config show` tells what is set, and which file set it."
    exit_code = 3


class LoginRequired(PodError):
    """The system refuses our credentials, or wants new ones."""

    title = "Login refused"
    hint = "Check the API key, secret or key file of this cluster, then connect again."
    exit_code = 4


class NodeRefused(LoginRequired):
    """The login node refuses our key, while the cluster's other services know us."""


class PersonNeeded(LoginRequired):
    """The system has questions, and what goes on by itself asks nobody: it waits for a login."""

    title = "Login needed"
    hint = "Connect again to be asked (Enter on its line in Clusters): what waits goes on then."


class NodeAsks(PersonNeeded, NodeRefused):
    """The login node has questions, while the cluster's other services know us."""

    hint = "Open one of its folders in Files to be asked: what waits goes on then."


class Unreachable(PodError):
    """No answer: name, connection, timeout, a cut link."""

    title = "No answer"
    hint = "Check the network and the address; podtui tries again by itself."
    exit_code = 5


class OutcomeUnknown(PodError):
    """A request was sent and its answer lost: it may have happened."""

    title = "Outcome unknown"
    hint = "podtui looks it up before anything is repeated."
    exit_code = 6


class Refused(PodError):
    """The system understood and said no."""

    title = "Refused"
    hint = "The reason is the other side's own: mend what it names, then try again."
    exit_code = 7


class NotFound(Refused):
    """The system knows no such thing."""

    title = "Not found"
    hint = "Look at what is there now, and check the name."


class AlreadyThere(Refused):
    """The system has one already."""

    title = "Already there"
    hint = "Choose another name, or take away the one that is there."


class BadAnswer(PodError):
    """An answer without the promised shape."""

    title = "Answer not understood"
    hint = "The service may have changed, or something between here and there answers in its place."
    exit_code = 8


class NotOffered(PodError):
    """This cluster does not do that; the message says why."""

    title = "Not offered here"
    hint = "The Clusters pane shows what each cluster offers, and why not."
    exit_code = 2


class HostKeyUnknown(PodError):
    """A host seen for the first time, and nobody to ask."""

    title = "Unknown host key"
    exit_code = 9


@dataclass(frozen=True, slots=True)
class HostKeyChange:
    """The two keys of one host: the known one, in `line` of `file`, and the one it shows now.

    `host` is the name as known_hosts has it; a key is told as its algorithm and fingerprint.
    """

    host: str
    known: tuple[str, str]
    shown: tuple[str, str]
    file: Path
    line: int


class HostKeyChanged(PodError):
    """A host that shows another key than before."""

    title = "HOST KEY CHANGED"
    exit_code = 9
    change: HostKeyChange | None = None


class InputError(PodError):
    """What was asked for cannot be: a script, a path, a size."""

    title = "Cannot do that"
    hint = "Nothing was sent or changed."
    exit_code = 2


class LimitExceeded(PodError):
    """Over a limit set by the user or the site."""

    title = "Over the limit"
    exit_code = 10


class NoSpace(PodError):
    """A disk or a quota is full, here or there."""

    title = "No space left"
    hint = "Free some space; nothing half-written was left under its final name."
    exit_code = 10


class SourceChanged(PodError):
    """A file vanished or changed while it was read."""

    title = "Source changed"
    hint = "Nothing was left under the final name; transfer it again when it is at rest."
    exit_code = 11


class HashMismatch(PodError):
    """The bytes that arrived are not the bytes sent."""

    title = "Hash does not match"
    hint = "The file was not given its final name. Transfer it again."
    exit_code = 11


class FileTrouble(PodError):
    """A file or folder that cannot be read or written."""

    title = "Cannot read or write"
    hint = "Check the path, and that you may read and write there."
    exit_code = 12


class Cancelled(PodError):
    """A person said no."""

    title = "Cancelled"
    exit_code = 130
