"""The four dialects: their prefixes, the options they take, and where they read them.

Sources: qsub's manual pages of TORQUE and OpenPBS, submit(1) of Grid Engine, sbatch(1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from podtui.domain.job import ScriptDialect

TORQUE, SGE = ScriptDialect.TORQUE, ScriptDialect.SGE
SLURM, OPENPBS = ScriptDialect.SLURM, ScriptDialect.OPENPBS


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a dialect writes its directives.

    `values` are the options that take one value (`-pe` of Grid Engine takes two), `bare` those
    that take none, `optional` those whose value may only stand behind `=`. `long_of` gives the
    long name of a short option. `whole_file`: directives are read behind the first command too.
    """

    label: str
    prefix: str
    line: re.Pattern[str]
    values: frozenset[str]
    bare: frozenset[str]
    optional: frozenset[str]
    long_of: dict[str, str]
    glued: bool
    whole_file: bool


def _names(text: str, dash: str) -> frozenset[str]:
    return frozenset(dash + name for name in text.split())


_PBS_LINE = re.compile(r"[ \t]*#PBS(?=[\s-]|$)")
_SLURM_SHORT = {
    "-A": "--account", "-a": "--array", "-b": "--begin", "-C": "--constraint",
    "-c": "--cpus-per-task", "-D": "--chdir", "-d": "--dependency", "-e": "--error",
    "-F": "--nodefile", "-G": "--gpus", "-H": "--hold", "-i": "--input", "-J": "--job-name",
    "-k": "--no-kill", "-L": "--licenses", "-M": "--clusters", "-m": "--distribution",
    "-N": "--nodes", "-n": "--ntasks", "-O": "--overcommit", "-o": "--output",
    "-p": "--partition", "-q": "--qos", "-Q": "--quiet", "-S": "--core-spec",
    "-s": "--oversubscribe", "-t": "--time", "-v": "--verbose", "-W": "--wait",
    "-w": "--nodelist", "-x": "--exclude", "-B": "--extra-node-info",
}  # fmt: skip
_SLURM_BARE = """contiguous disable-stdout-job-summary get-user-env hold ignore-pbs no-kill
    overcommit parsable quiet reboot requeue no-requeue spread-job test-only use-min-nodes
    verbose wait"""
_SLURM_OPTIONAL = "exclusive nice oversubscribe get-user-env no-kill propagate"
_SLURM_VALUES = """account acctg-freq array batch bb bbf begin chdir cluster-constraint clusters
    comment constraint container core-spec cores-per-socket cpu-freq cpus-per-gpu cpus-per-task
    deadline delay-boot dependency distribution error exclude export export-file extra
    extra-node-info gid gpu-bind gpu-freq gpus gpus-per-node gpus-per-socket gpus-per-task gres
    gres-flags hint input job-name kill-on-invalid-dep licenses mail-type mail-user mcs-label mem
    mem-bind mem-per-cpu mem-per-gpu mincpus network nodefile nodelist nodes ntasks
    ntasks-per-core ntasks-per-gpu ntasks-per-node ntasks-per-socket open-mode output partition
    power prefer priority profile qos reservation resv-ports signal sockets-per-node
    switches thread-spec threads-per-core time time-min tmp tres-per-job tres-per-task uid
    wait-all-nodes wckey wrap"""

GRAMMARS = {
    TORQUE: Grammar(
        "TORQUE", "#PBS", _PBS_LINE,
        _names("a A b c C d D e j k K l L m M N o p P q r S t T u v w W", "-"),
        _names("f F h I n V x X z", "-"), frozenset(), {}, True, False,
    ),
    OPENPBS: Grammar(
        "OpenPBS", "#PBS", _PBS_LINE,
        _names("a A c C e j J k l m M N o p P q r R S u v W", "-"),
        _names("f h I V X z", "-"), frozenset(), {}, True, False,
    ),
    SGE: Grammar(
        "Grid Engine", "#$", re.compile(r"#\$(?=[\s-]|$)"),
        _names("""a ac adds ar A b binding c ckpt clearp clears C dc display dl e hold_jid
            hold_jid_ad i j jc js jsv l m M masterl masterq mbind mods N now o ol p P par pe ptf
            pty q r R rou rdi S sc sdv shell si sync t tc tcon umask v verify w wd xd""", "-"),
        _names("clear cwd h hard inherit notify soft terse V", "-"), frozenset(), {}, False, True,
    ),
    SLURM: Grammar(
        "Slurm", "#SBATCH", re.compile(r"#SBATCH(?=\s|$)"),
        _names(_SLURM_VALUES, "--"), _names(_SLURM_BARE, "--"), _names(_SLURM_OPTIONAL, "--"),
        _SLURM_SHORT, True, False,
    ),
}  # fmt: skip


def label(dialect: ScriptDialect) -> str:
    """The dialect's name for people."""
    return GRAMMARS[dialect].label
