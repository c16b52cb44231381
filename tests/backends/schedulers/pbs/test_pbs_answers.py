"""What qsub, qdel and the rest say, and whether a job may be there all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from podtui.backends.schedulers.base import Output
from podtui.backends.schedulers.openpbs import OpenPbs
from podtui.backends.schedulers.torque import Torque
from podtui.errors import NotFound, NotOffered, OutcomeUnknown, PodError, Refused, Unreachable

Recorded = Callable[[str], Output]

TORQUE = Torque()


def test_recorded_submissions(recorded: Recorded) -> None:
    assert OpenPbs().parse_submit(recorded("openpbs/qsub-id-behind-noise.txt")) == "0.localhost"
    noisy = recorded("torque/qsub-id-behind-script-words.txt").stdout
    assert noisy == b"J=0.vm\n"
    with pytest.raises(OutcomeUnknown):
        TORQUE.parse_submit(Output(0, noisy))


@pytest.mark.parametrize("job_id", ["22783.pod", "3[].vm", "12", "7.head-1.example.org", "3[]"])
def test_ids_of_every_shape(job_id: str) -> None:
    assert TORQUE.parse_submit(Output(0, f"quota: fine\n\n{job_id}\n".encode())) == job_id


@pytest.mark.parametrize(
    ("code", "out", "err", "error"),
    [
        (0, b"", b"", OutcomeUnknown),
        (0, b"Welcome\n", b"", OutcomeUnknown),
        (1, b"5.vm\n", b"qsub: post-submit filter failed", OutcomeUnknown),
        (137, b"", b"", OutcomeUnknown),
        (255, b"", b"Connection to head closed by remote host.", OutcomeUnknown),
        (1, b"", b"qsub: End of File", OutcomeUnknown),
        (1, b"", b"qsub: submit error (Communication failure)", OutcomeUnknown),
        (1, b"", b"qsub: Request timed out", OutcomeUnknown),
        (
            111,
            b"",
            b"qsub: cannot connect to server vm (errno=111) Connection refused",
            Unreachable,
        ),
        (170, b"", b"qsub: Unknown queue", Refused),
        (188, b"", b"qsub: Job violates limits: walltime out of range", Refused),
        (2, b"", b"Unknown option: x\nUsage:\n    qsub [-a start_time]", NotOffered),
        (1, b"", b"qsub: submit error (Unknown queue MSG=requested queue not found)", Refused),
        (1, b"", b"qsub can not be run as root", Refused),
        (127, b"", b"bash: qsub: command not found", NotOffered),
        (2, b"", b"qsub: illegally formed option; usage: qsub", Refused),
        (1, b"qsub: no such file\n", b"", Refused),
        (1, b"", b"", Refused),
    ],
)
def test_a_submission_that_failed_or_may_have_happened(
    code: int, out: bytes, err: bytes, error: type[PodError]
) -> None:
    with pytest.raises(PodError) as caught:
        TORQUE.parse_submit(Output(code, out, err))
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("code", "err", "error"),
    [
        (153, b"qdel: Unknown Job Id 9.vm", NotFound),
        (153, b"", NotFound),
        (1, b"qdel: Unknown Job Id Error 9.vm", NotFound),
        (35, b"qdel: Job has finished 9.vm", Refused),
        (0, b"qdel: Unknown Job Id 9.vm", NotFound),
        (170, b"qdel: Request invalid for state of job MSG=job is COMPLETE 9.vm", Refused),
        (159, b"qdel: Unauthorized Request  9.vm", Refused),
        (1, b"qdel: Server could not connect to MOM 9.vm", OutcomeUnknown),
        (255, b"", OutcomeUnknown),
        (1, b"qdel: cannot connect to server vm (errno=111)", Unreachable),
        (127, b"-bash: qrerun: command not found", NotOffered),
    ],
)
def test_an_act_that_failed(code: int, err: bytes, error: type[PodError]) -> None:
    with pytest.raises(PodError) as caught:
        TORQUE.check_change("9.vm", Output(code, b"", err))
    assert type(caught.value) is error
    assert "qdel:" not in caught.value.message


def test_an_act_that_worked_and_one_that_only_warned() -> None:
    TORQUE.check_change("9.vm", Output(0, b"", b""))
    TORQUE.check_change("9.vm", Output(0, b"", b"qdel: your quota of holds is nearly used up"))


def test_what_a_server_says_is_harmless_and_short() -> None:
    said = b"qsub: \x1b[31mno\xff\n" + b"x" * 5000
    with pytest.raises(Refused) as caught:
        TORQUE.parse_submit(Output(1, b"", said))
    assert caught.value.message.isprintable()
    assert len(caught.value.message) <= 300
