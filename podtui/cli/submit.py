"""`podtui submit`: a script and the files that travel with it, as podsh submit takes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.cli.call import Answer, Call
from podtui.cli.output import one_line
from podtui.cli.waiting import outcome, wait_for
from podtui.config.keys import cluster_key
from podtui.domain.job import ScriptDialect
from podtui.domain.staging import StagedJob, StagePair, parse_stage_in, parse_stage_out
from podtui.errors import InputError, OutcomeUnknown, PodError, Unreachable
from podtui.services.staging import SubmitRequest

if TYPE_CHECKING:
    from podtui.services.session import Session

_COMMA = re.compile(r"(?<!\\),")


def read_pairs(texts: Iterable[str], parse: Callable[[str], StagePair]) -> tuple[StagePair, ...]:
    r"""The pairs of comma lists; a comma in a name is written `\,`."""
    parts = (part.replace("\\,", ",") for text in texts for part in _COMMA.split(text))
    return tuple(parse(part) for part in parts)


async def submit(call: Call, session: Session) -> Answer:
    """Submit; with `--wait` stay until all is back."""
    job = await _submitted(call, session)
    call.out.line(f"Job Submitted successfully.  Job ID: {one_line(job.job_id)}")
    for said in job.warning.splitlines():
        call.out.note(f"podtui: the scheduler says: {one_line(said)}")
    if not call.args.wait:
        if job.stage_in or job.stage_out:
            call.out.note(f"Its files travel with `podtui wait {job.job_id}`, or in the screen.")
        return Answer(outcome(job))
    ended = await wait_for(call, session, [job])
    return Answer(ended.jobs[0], ended.lines, ended.error)


async def _submitted(call: Call, session: Session) -> StagedJob:
    known, request = {job.token for job in session.staging.jobs}, _request(call)
    call.out.if_interrupted = "If it was sent, the journal keeps it: `podtui wait` takes it on."
    try:
        job = await session.staging.submit(request)
    except (Unreachable, OutcomeUnknown) as error:
        kept = [job for job in session.staging.jobs if job.token not in known]
        raise _with_next_step(error, kept) from None
    with suppress(PodError):  # it is there: what follows is for information
        for lost in (await session.staging.preview(request)).losses:
            call.out.note(f"podtui: {one_line(lost)}")
    return job


def _request(call: Call) -> SubmitRequest:
    args = call.args
    return SubmitRequest(
        cluster=call.cluster,
        script=Path(args.script),
        stage_in=read_pairs(args.stagein, parse_stage_in),
        stage_out=read_pairs(args.stageout, parse_stage_out),
        sched=ScriptDialect(_choice("sched", args.sched)) if args.sched else None,
        hold=args.hold,
        overwrite=args.overwrite,
        hash_algo=_choice("hash_algo", args.hash_algo) if args.hash_algo else None,
    )


def _choice(name: str, value: str) -> str:
    """`value` if the configuration's key of that name may have it, too."""
    key = cluster_key(name)
    if key is None or value not in key.choices:
        known = ", ".join(key.choices) if key else "none"
        raise InputError(f"{value!r} is not one of {known}.", title=f"Option {name}")
    return value


def _with_next_step(error: PodError, kept: list[StagedJob]) -> PodError:
    """Say that the job is not lost: submitting it again would make two of it."""
    for job in kept:
        error.hint = (
            f"The journal keeps the job: `podtui wait {job.token}` submits it, after looking "
            f"whether it is there; `podtui cancel {job.token}` drops it if it was never sent."
        )
    return error
