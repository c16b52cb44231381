"""What a job asks for, whichever dialect it was written in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """The sum of a script's directives and the command line.

    `chunks` are (nodes, cores on each); `memory` is bytes for the whole job, `walltime` seconds;
    `resources` are the `-l` words as they were asked; a variable without a value is taken from
    the submitter's environment. `depend` holds (kind, job ids or names).
    """

    name: str | None = None
    queue: str | None = None
    chunks: tuple[tuple[int, int], ...] = ((1, 1),)
    resources: tuple[tuple[str, str], ...] = ()
    walltime: int | None = None
    memory: int | None = None
    output: str | None = None
    error: str | None = None
    join: str = "n"
    keep: str = "n"
    variables: tuple[tuple[str, str | None], ...] = ()
    export_all: bool = False
    shell: str | None = None
    arguments: tuple[str, ...] = ()
    tasks: tuple[int, ...] = ()
    task_step: int = 1
    array_request: str | None = None
    array_limit: int | None = None
    depend: tuple[tuple[str, tuple[str, ...]], ...] = ()
    hold: bool = False
    directory: str | None = None
    in_workdir: bool = False
    environment_name: str | None = None
    not_before: int | None = None
    account: str | None = None
    mail_points: str = "a"
    mail_users: str | None = None
    priority: int = 0
    rerunable: bool = True
    extras: tuple[tuple[str, str], ...] = ()

    @property
    def cores(self) -> int:
        """Count the cores of all nodes together."""
        return sum(nodes * cores for nodes, cores in self.chunks)

    @property
    def nodes(self) -> int:
        """Count the nodes."""
        return sum(nodes for nodes, _ in self.chunks)
