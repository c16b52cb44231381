"""Operations: what a service lets its users run beside jobs, with the options of each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """One option of an operation; a `flag` takes no value."""

    name: str
    help: str = ""
    flag: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One command or operation, such as `slurm/squeue`.

    `group` is what the service files it under. One that `changes` something, or that only
    administrators may run, is run after a confirmation.
    """

    group: str
    name: str
    help: str = ""
    takes_input: bool = False
    options: tuple[Option, ...] = ()
    changes: bool = True

    @property
    def title(self) -> str:
        """Both names."""
        return f"{self.group}/{self.name}"


@dataclass(frozen=True, slots=True)
class OperationResult:
    """What an operation answered; `log` is what its service noted beside."""

    succeeded: bool
    output: str
    log: tuple[str, ...] = ()
