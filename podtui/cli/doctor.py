"""`podtui doctor`: everything between here and a finished job, looked at in order."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import humanize

from podtui.cli.call import Answer, Call
from podtui.cli.list_cost import told_cost
from podtui.cli.outcomes import Unhealthy
from podtui.cli.output import next_step, one_line
from podtui.cli.trial import try_job
from podtui.domain.cluster import ClusterStatus, Facet
from podtui.domain.transfer import Direction
from podtui.errors import NotFound, NotOffered, PodError
from podtui.services.files import HERE

if TYPE_CHECKING:
    from podtui.domain.entry import Space
    from podtui.domain.survey import Quota, Survey
    from podtui.services.session import Session

_CLOCK_SECONDS = 60  # off by more, and the times of jobs mislead whoever reads them


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at.

    `ok` is None for one that could not be, because an earlier failed, and for one that is not there
    and need not be.
    """

    name: str
    ok: bool | None
    detail: str
    hint: str = ""


async def doctor(call: Call, session: Session) -> Answer:
    """Tell each check when it is done; Unhealthy when one failed."""
    checks = []
    async for check in _checks(call, session):
        checks.append(check)
        for line in _lines(check):
            call.out.line(line)
    failed = [check.name for check in checks if check.ok is False]
    data = {"healthy": not failed, "checks": [asdict(check) for check in checks]}
    if not failed:
        return Answer(data, ("All is well.",))
    return Answer(data, error=Unhealthy(f"Failed: {', '.join(failed)}.", hint=_next_step(checks)))


def _next_step(checks: list[Check]) -> str:
    return next((check.hint for check in checks if check.ok is False), "")


def _lines(check: Check) -> list[str]:
    word = {True: "ok", False: "FAILED", None: "-"}[check.ok]
    lines = [f"{word:6}  {check.name:14}  {one_line(check.detail)}"]
    return [*lines, f"{'':6}  {'':14}  → {one_line(check.hint)}"] if check.hint else lines


async def _checks(call: Call, session: Session) -> AsyncIterator[Check]:
    yield _configuration(call)
    for warning in call.config.warnings:
        yield Check("warning", True, warning)
    cluster = call.cluster
    connected = await _check("login", lambda: _connect(session, cluster))
    if expires := session.clusters.status(cluster).token_expires:
        yield Check("token", True, f"good until {expires:%Y-%m-%d %H:%M} UTC")
    yield connected
    if connected.ok:
        async for check in _machine(session, cluster):
            yield check
        async for check in _belongings(session, cluster):
            yield check
    files = await _check_after(connected, "files", lambda: _home(session, cluster))
    yield files
    for name, look in (
        ("write and hash", lambda: _round_trip(session, cluster)),
        ("space there", lambda: _space(session.files.space(cluster, "~"))),
    ):
        yield await _check_after(files, name, look)
    listed = await _check_after(connected, "job list", lambda: told_cost(session, cluster))
    yield listed
    if call.args.submit:
        yield await _check_after(listed, "test job", lambda: try_job(call, session))
    state = str(call.paths.state)
    yield await _check("space here", lambda: _space(session.files.space(HERE, state)))


async def _machine(session: Session, cluster: str) -> AsyncIterator[Check]:
    """What the login told, and what a closer look at the machine there tells."""
    survey, untold = None, ""
    try:
        survey = await session.clusters.survey(cluster)
    except NotOffered as error:
        untold = error.message
    except PodError as error:
        yield _failed("a closer look", error)
        untold = "not looked at, because of: a closer look"
    for check in _found(session.clusters.status(cluster), survey, untold):
        yield check


def _found(status: ClusterStatus, survey: Survey | None, untold: str = "") -> list[Check]:
    """Facts by name, commands with their versions, the clock and the quotas."""
    found = []
    for name, value in status.facts:
        version = survey.version(name) if survey else ""
        told = f"{value} ({version})" if version else value
        found.append(Check(name, True, told) if value else _absent(name))
    ahead = survey.clock_ahead if survey else status.clock_ahead
    found.append(_clock(ahead) if ahead is not None else Check("clock", None, untold))
    if survey is None or not survey.quotas:
        return [*found, Check("quota", None, survey.untold if survey else untold)]
    return [*found, *map(_quota, survey.quotas)]


def _absent(name: str) -> Check:
    return Check(name, None, "not on the PATH after login")


def _quota(quota: Quota) -> Check:
    """What is over fails: nothing can be written there, or soon nothing."""
    if not quota.over:
        return Check("quota", True, str(quota))
    return Check("quota", False, f"{quota}: over it", "Free some space or ask for more of it.")


def _clock(ahead: timedelta) -> Check:
    seconds = round(ahead.total_seconds())
    if abs(seconds) <= 1:  # the far clock was told in whole seconds
        return Check("clock", True, "as this machine's")
    apart = humanize.precisedelta(abs(ahead), format="%.0f")
    detail = f"{apart} {'ahead of' if seconds > 0 else 'behind'} this machine's"
    if abs(seconds) <= _CLOCK_SECONDS:
        return Check("clock", True, detail)
    hint = "Times of jobs will look wrong until one of the clocks is set (NTP)."
    return Check("clock", False, detail, hint)


def _configuration(call: Call) -> Check:
    file = call.paths.config_file
    names = ", ".join(cluster.name for cluster in call.config.clusters) or "none"
    there = "" if file.exists() else " (not there)"
    hint = "" if call.config.clusters else "Write one, or try `podtui demo`."
    return Check("configuration", bool(call.config.clusters), f"{file}{there}: {names}", hint)


async def _belongings(session: Session, cluster: str) -> AsyncIterator[Check]:
    """What we have on the controller, where there is one."""
    controller = session.clusters.status(cluster).offer(Facet.NODES)
    if not controller.offered:
        yield Check("controller", None, controller.reason)
        return
    try:
        overview = await session.nodes.overview(cluster)
    except PodError as error:
        yield _failed("controller", error)
        return
    account, volume = overview.account, overview.volume
    nodes = ", ".join(f"{node.id} {node.status}" for node in overview.nodes)
    for name, there, detail in (
        ("account", account is not None, account.system_name if account else ""),
        ("volume", volume is not None, f"{volume.size_gb} GB" if volume else ""),
        ("login node", any(node.active for node in overview.nodes), nodes),
    ):
        hint = "" if there else "`podtui nodes create --wait` makes what is missing."
        yield Check(name, there, detail or "none yet", hint)


async def _connect(session: Session, cluster: str) -> str:
    status = await session.clusters.connect(cluster, again=True)
    where = (status.controller.name if status.controller else "") or cluster
    return f"{status.user} on {where}" if status.user else f"{where} takes us, and tells no name"


async def _home(session: Session, cluster: str) -> str:
    await session.nodes.open_login(cluster)
    home = await session.files.resolve(cluster, "~")
    entries = await session.files.folder(cluster, home)
    return f"~ is {home}: {len(entries)} entries"


async def _round_trip(session: Session, cluster: str) -> str:
    """Send a file as staging does: what arrived is hashed there and compared."""
    remote = f"~/.podtui-doctor-{secrets.token_hex(4)}"
    try:
        await _tidy(session, cluster, remote)
    except NotOffered:
        raise NotOffered("not tried: files are not removed there, so it would stay") from None
    algo = session.clusters.config(cluster).staging.hash_algo
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder) / "doctor"
        local.write_bytes(secrets.token_bytes(4096))
        transfer = session.transfers.add(cluster, Direction.UPLOAD, str(local), remote)
        try:
            await session.transfers.carry(transfer)
        finally:
            await _tidy(session, cluster, remote)
    return f"4096 bytes arrived, verified by {algo}"


async def _tidy(session: Session, cluster: str, remote: str) -> None:
    for name in (remote, f"{remote}.podtui.part"):
        try:
            await session.files.remove(cluster, name)
        except NotFound:
            continue


async def _space(asked: Awaitable[Space | None]) -> str:
    space = await asked
    if space is None:
        raise NotOffered("the server does not tell")
    free, total = (humanize.naturalsize(size, binary=True) for size in (space.free, space.total))
    return f"{free} free of {total}"


async def _check(name: str, look: Callable[[], Awaitable[str]]) -> Check:
    try:
        return Check(name, True, await look())
    except NotOffered as error:
        return Check(name, None, error.message)
    except PodError as error:
        return _failed(name, error)


async def _check_after(before: Check, name: str, look: Callable[[], Awaitable[str]]) -> Check:
    """The check, unless what it stands on was not found well."""
    if before.ok:
        return await _check(name, look)
    return Check(name, None, f"not looked at, because of: {before.name}")


def _failed(name: str, error: PodError) -> Check:
    return Check(name, False, f"{error.title}: {error.message}", next_step(error))
