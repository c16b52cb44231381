"""What the batch server refuses, in TORQUE's words and with TORQUE's exit codes.

A PBS command leaves with the low byte of the server's error number (`pbs_error.h`), so that
15001, an unknown job, becomes 153.
"""


class Rejected(Exception):
    """A refused request; `str()` is what the command prints, `code` what it exits with."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class UnknownJob(Rejected):
    """No job has this id (PBSE_UNKJOBID); `str()` carries no command's name."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"Unknown Job Id Error {job_id}", 153)


class WrongState(Rejected):
    """The job's state forbids it (PBSE_BADSTATE); `str()` carries no command's name."""

    def __init__(self, job_id: str, state: str) -> None:
        super().__init__(
            f"Request invalid for state of job MSG=invalid state for job - {state} {job_id}", 170
        )


def bad_value(option: str) -> Rejected:
    """Make the refusal of an option's value, as qsub words it."""
    return Rejected(f"qsub: illegal {option} value", 1)


def submit_error(text: str, code: int) -> Rejected:
    """Make the server's refusal of a submission, as qsub words it."""
    return Rejected(f"qsub: submit error ({text})", code)
