"""What a tool prints and exits with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """The end of one command."""

    stdout: str = ""
    stderr: str = ""
    code: int = 0
