"""What a login node is: which scheduler and version, which user, what its clock says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from podtui.backends.schedulers.base import Output
from podtui.domain.text import visible
from podtui.errors import BadAnswer, ConfigError

COMMANDS = (
    *("sbatch", "squeue", "scontrol", "scancel", "sinfo", "sacct"),
    *("qsub", "qstat", "qdel", "qhold", "qrls", "qalter", "qrerun", "pbsnodes"),
    *("qconf", "qacct", "qhost", "qmod"),
    "sha256sum",
)
_PBS = ("qsub", "qstat", "qdel", "qhold", "qrls", "qrerun", "pbsnodes")
_USED = {
    "slurm": ("sbatch", "squeue", "scontrol", "scancel", "sinfo", "sacct"),
    "torque": _PBS,
    "openpbs": _PBS,
    "slurm-wrappers": ("qsub", "qstat", "qdel", "qhold", "qrls", "pbsnodes"),
    "sge": ("qsub", "qstat", "qdel", "qhold", "qrls", "qmod", "qconf", "qhost", "qacct"),
}
_VERSION_FLAGS = {
    "slurm": "--version",
    "torque": "--version",
    "openpbs": "--version",
    "sge": "-help",
}
_UNASKED = {"torque": ("qsub",)}  # old ones take an unknown option for none, and submit nothing
PROBE = "\n".join(
    [
        'echo "user=$(id -un)"',
        'echo "group=$(id -gn)"',
        'echo "host=$(hostname 2>/dev/null || uname -n)"',
        'echo "clock=$(date +%s)"',
        'echo "zone=$(date +%z)"',
        'echo "rules=${TZ:-$(readlink -f /etc/localtime 2>/dev/null)}"',
        'echo "home=$HOME"',
        'echo "shell=$SHELL"',
        f"for tool in {' '.join(COMMANDS)}; do",
        '  path=$(command -v "$tool" 2>/dev/null) && echo "tool=$tool $path"',
        "done",
        'echo "slurm=$(sinfo --version 2>&1 | head -n 1)"',
        """echo "qstat=$(qstat --version 2>&1 | head -n 5 | tr '\\n' ' ')\"""",
        'echo "gridengine=$(qstat -help 2>&1 | head -n 1)"',
    ]
)
"""One piece of sh that asks all of it at once."""

_GRID_ENGINE = re.compile(
    r"\b(?:SGE|GE|UGE|AGE|OGS|OGE|OCS|GCS|Son of Grid Engine)[ /]*[0-9]\S*|Grid Engine", re.I
)
_WRAPPERS = "unknown option: version"  # what Getopt::Long says in slurm-wlm-torque's qstat
_NUMBER = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True, slots=True)
class Site:
    """A login node as it told itself; `skew` is its clock ahead of ours."""

    user: str
    group: str
    host: str
    home: str
    shell: str
    zone: tzinfo
    skew: timedelta
    scheduler: str
    version: str
    tools: Mapping[str, str] = field(default_factory=dict)


def read_site(
    output: Output, now: datetime, wanted: str = "auto", wanted_version: str = ""
) -> Site:
    """The site behind PROBE's answer; `wanted` overrides which scheduler and version are taken."""
    facts: dict[str, str] = {}
    tools: dict[str, str] = {}
    for line in output.stdout.decode("utf-8", "replace").splitlines():
        name, equals, value = line.partition("=")
        if name == "tool":
            tool, _, path = value.partition(" ")
            tools[tool] = path
        elif equals:
            facts.setdefault(name, value.strip())
    if not facts.get("user"):
        raise BadAnswer("The login node did not say who we are there.", title="Login node")
    scheduler, version = _scheduler(facts, tools, wanted)
    return Site(
        user=facts["user"],
        group=facts.get("group", ""),
        host=facts.get("host", ""),
        home=facts.get("home", ""),
        shell=facts.get("shell", ""),
        zone=_zone(facts.get("zone", ""), facts.get("rules", ""), now),
        skew=_skew(facts.get("clock", ""), now),
        scheduler=scheduler,
        version=wanted_version or version,
        tools=tools,
    )


def site_facts(site: Site) -> tuple[tuple[str, str], ...]:
    """What was found, by name: the scheduler, who we are there, and each command we use there.

    A command that is not on the PATH after login has an empty value.
    """
    return (
        ("scheduler", f"{site.scheduler} {site.version}".strip()),
        ("host", site.host),
        ("account", f"{site.user}, group {site.group}, home {site.home}, shell {site.shell}"),
        *((tool, site.tools.get(tool, "")) for tool in (*_USED[site.scheduler], "sha256sum")),
    )


def versioned(site: Site) -> tuple[tuple[str, str], ...]:
    """The commands that are there and tell their version, each with the flag that makes it."""
    flag = _VERSION_FLAGS.get(site.scheduler, "")
    unasked = _UNASKED.get(site.scheduler, ())
    asked = [(tool, flag) for tool in _USED[site.scheduler] if flag and tool not in unasked]
    return tuple(one for one in (*asked, ("sha256sum", "--version")) if site.tools.get(one[0]))


def _scheduler(facts: Mapping[str, str], tools: Mapping[str, str], wanted: str) -> tuple[str, str]:
    """Slurm first: its PBS wrappers would look like a TORQUE."""
    slurm, qstat = facts.get("slurm", ""), facts.get("qstat", "")
    grid_engine = facts.get("gridengine", "")
    versions = {
        "slurm": slurm if "squeue" in tools and "sbatch" in tools else "",
        "openpbs": qstat if "qsub" in tools and "pbs_version" in qstat.lower() else "",
        "sge": grid_engine if "qsub" in tools and _GRID_ENGINE.search(grid_engine) else "",
        "slurm-wrappers": (slurm or "Slurm") if "qsub" in tools and _wrapped(qstat) else "",
        "torque": qstat if "qsub" in tools else "",
    }
    for name in [wanted] if wanted != "auto" else list(versions):
        if versions[name] or wanted != "auto":
            return name, _version(versions[name])
    found = ", ".join(tool for tool in ("sbatch", "qsub", "qstat") if tool in tools) or "none"
    raise ConfigError(
        f"No scheduler was found on the login node (commands there: {found}).",
        title="No scheduler",
        hint="If it needs a module or a PATH, set it with `env` in the cluster's section, "
        "and name the scheduler with `scheduler`.",
    )


def _wrapped(qstat: str) -> bool:
    return _WRAPPERS in qstat.lower()


def _version(text: str) -> str:
    match = _NUMBER.search(text)
    return match[0] if match else visible(text, 40)


def _zone(distance: str, rules: str, now: datetime) -> tzinfo:
    """The zone whose `rules` (`Europe/Berlin`, a path that ends so) give today's `distance`.

    Where there is none: always that distance, which is wrong by an hour across a change of clocks.
    """
    match = re.fullmatch(r"([+-])(\d\d)(\d\d)", distance)
    if match is None:
        return UTC
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3]))
    fixed = timezone(ahead if match[1] == "+" else -ahead)
    try:
        named = ZoneInfo(rules.removeprefix(":").rpartition("zoneinfo/")[2])
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return fixed
    return named if now.astimezone(named).utcoffset() == fixed.utcoffset(None) else fixed


def _skew(clock: str, now: datetime) -> timedelta:
    try:
        return datetime.fromtimestamp(int(clock), UTC) - now
    except (ValueError, OverflowError, OSError):
        return timedelta()
