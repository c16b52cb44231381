"""`podtui keys hosts` and `podtui keys forget`: the host keys we know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from podtui.cli.call import Answer, Call
from podtui.cli.facts import key_facts
from podtui.cli.keys_ask import be_sure
from podtui.cli.output import one_line
from podtui.cli.tables import ascii_table
from podtui.domain.known_host import KnownHost

if TYPE_CHECKING:
    from podtui.services.session import Session

_HEAD = ("Host", "Type", "Fingerprint", "Clusters", "Where")


async def list_hosts(call: Call, session: Session) -> Answer:  # noqa: ARG001 - as every command
    """All known hosts."""
    found = await session.known_hosts.hosts()
    rows = [
        (
            ", ".join(_names(line.host)),
            line.host.key.algorithm,
            line.host.key.fingerprint,
            ", ".join(line.clusters),
            f"{line.host.file}:{line.host.line}",
        )
        for line in found
    ]
    data = [{**host_facts(line.host), "clusters": list(line.clusters)} for line in found]
    return Answer(data, ascii_table(_HEAD, rows) if rows else ("No host is known.",))


async def forget_host(call: Call, session: Session) -> Answer:
    """Forget every key of one host, after asking."""
    hosts = await session.known_hosts.named(call.args.host)
    for host in hosts:
        names = one_line(", ".join(_names(host)))
        call.out.note(f"  {one_line(str(host.file))}:{host.line}  {names}  {host.key.fingerprint}")
    be_sure(call, "These lines are removed; the next login shows the host's key and asks.")
    await session.known_hosts.forget(hosts)
    told = f"{len(hosts)} line{'s' if len(hosts) > 1 else ''} removed."
    return Answer({"forgotten": [host_facts(host) for host in hosts]}, (told,))


def host_facts(host: KnownHost) -> dict[str, Any]:
    """A known host as `--json` tells it; `names` is empty where they are hashed."""
    return {
        "names": [] if host.hashed else list(host.names),
        "hashed": host.hashed,
        "marker": host.marker,
        "file": str(host.file),
        "line_number": host.line,
        **key_facts(host.key),
    }


def _names(host: KnownHost) -> tuple[str, ...]:
    names = ("(hashed)",) if host.hashed else host.names
    return (f"@{host.marker}", *names) if host.marker else names
