"""`podtui submit`: a script and the files that travel with it, as podsh submit takes them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.cli.call import Answer, Call
from podtui.cli.grammar import add_command
from podtui.cli.output import one_line
from podtui.cli.waiting import outcome, wait_for
from podtui.domain.job import ScriptDialect
from podtui.domain.staging import StagedJob, StagePair, parse_stage_in, parse_stage_out
from podtui.errors import OutcomeUnknown, PodError, Unreachable

if TYPE_CHECKING:
    from podtui.cli.grammar import Commands
    from podtui.services.session import Session
    from podtui.services.staging import SubmitRequest

HASH_ALGOS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_COMMA = re.compile(r"(?<!\\),")


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "submit",
        "Submit a job script, with the files it needs and makes",
        online=submit,
        more="A job with --stagein is held until its files are there and verified; --stageout is "
        "fetched when it has ended. Without --wait the journal keeps it for `podtui wait` or "
        "the screen.",
    )
    parser.add_argument("script", type=Path, help="the job script")
    parser.add_argument(
        "--sched",
        choices=[dialect.value for dialect in ScriptDialect],
        help="the scheduler it is written for (default: the cluster's)",
    )
    parser.add_argument(
        "--stagein",
        metavar="LOCAL[:REMOTE]",
        action="extend",
        type=pairs(parse_stage_in),
        default=[],
        help="files to send first; may be repeated, or listed with commas",
    )
    parser.add_argument(
        "--stageout",
        metavar="REMOTE[:LOCAL]",
        action="extend",
        type=pairs(parse_stage_out),
        default=[],
        help="files to fetch afterwards; may be repeated, or listed with commas",
    )
    parser.add_argument("--hold", action="store_true", help="hold it until it is released")
    parser.add_argument(
        "--overwrite",
        action=argparse.BooleanOptionalAction,
        help="replace a script of that name there",
    )
    parser.add_argument("--hash-algo", choices=HASH_ALGOS, help="how files are verified")
    parser.add_argument(
        "--wait", action="store_true", help="stay until the results are back, exit as the job did"
    )


def pairs(parse: Callable[[str], StagePair]) -> Callable[[str], list[StagePair]]:
    r"""A reader of comma lists of pairs; a comma in a name is written `\,`."""

    def read(text: str) -> list[StagePair]:
        return [parse(part.replace("\\,", ",")) for part in _COMMA.split(text)]

    return read


async def submit(call: Call, session: Session) -> Answer:
    """Submit; with `--wait` stay until all is back."""
    job = await _submitted(call, session)
    call.out.line(f"Job Submitted successfully.  Job ID: {one_line(job.job_id)}")
    if not call.args.wait:
        return Answer(outcome(job))
    ended = await wait_for(call, session, [job])
    return Answer(ended.jobs[0], ended.lines, ended.error)


async def _submitted(call: Call, session: Session) -> StagedJob:
    known = {job.token for job in session.staging.jobs}
    call.out.if_interrupted = "If it was sent, the journal keeps it: `podtui wait` takes it on."
    try:
        return await session.staging.submit(_request(call))
    except (Unreachable, OutcomeUnknown) as error:
        kept = [job for job in session.staging.jobs if job.token not in known]
        raise _with_next_step(error, kept) from None


def _request(call: Call) -> SubmitRequest:
    from podtui.services.staging import SubmitRequest

    args = call.args
    return SubmitRequest(
        cluster=call.cluster,
        script=args.script,
        stage_in=tuple(args.stagein),
        stage_out=tuple(args.stageout),
        sched=ScriptDialect(args.sched) if args.sched else None,
        hold=args.hold,
        overwrite=args.overwrite,
        hash_algo=args.hash_algo,
    )


def _with_next_step(error: PodError, kept: list[StagedJob]) -> PodError:
    """Say that the job is not lost: submitting it again would make two of it."""
    for job in kept:
        error.hint = (
            f"The journal keeps the job: `podtui wait {job.token}` submits it, after looking "
            f"whether it is there; `podtui cancel {job.token}` drops it if it was never sent."
        )
    return error
