"""sbatch's options and the fields of a submission they become: one table for all versions.

Before v0.0.39 the fields are sbatch's options by other names; from then on they are Slurm's own
structure (job_desc_msg). None: that side has no such field, and the option is told as a loss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from podtui.backends.slurmrest import option_values as to
from podtui.backends.slurmrest.versions import Api, Feature
from podtui.domain.translate.quantity import Unreadable

Make = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Way:
    """One option: its field and value before v0.0.39, and from it on (the same without)."""

    old: str | None
    make: Make
    new: str | None = None
    make_new: Make | None = None
    since: int = 0

    def fields(self, value: str, api: Api) -> dict[str, Any]:
        """The field with its value; Unreadable where this version cannot say it."""
        typed = api.has(Feature.TYPED)
        name = self.new if typed else self.old
        if name is None or api.number < self.since:
            raise Unreadable(f"{api.name} has no field for it")
        make = self.make_new if typed and self.make_new else self.make
        return {name: make(value)}


def _same(name: str, make: Make, make_new: Make | None = None, *, since: int = 0) -> Way:
    return Way(name, make, name, make_new, since)


WAYS: dict[str, Way] = {
    "--account": _same("account", to.as_text),
    "--acctg-freq": _same("account_gather_frequency", to.as_text, since=37),
    "--array": _same("array", to.as_text),
    "--batch": _same("batch_features", to.as_text),
    "--bb": _same("burst_buffer", to.as_text),
    "--cluster-constraint": _same("cluster_constraint", to.as_text, since=37),
    "--comment": _same("comment", to.as_text),
    "--constraint": _same("constraints", to.as_text),
    "--container": _same("container", to.as_text, since=38),
    "--contiguous": Way(None, to.as_yes, "contiguous"),
    "--core-spec": _same("core_specification", to.as_count),
    "--cores-per-socket": Way("cores_per_socket", to.as_count),
    "--cpu-freq": _same("cpu_frequency", to.as_text),
    "--cpus-per-gpu": Way("cpus_per_gpu", to.as_text, "cpus_per_tres", to.as_gpus),
    "--cpus-per-task": _same("cpus_per_task", to.as_count),
    "--delay-boot": _same("delay_boot", to.as_count),
    "--dependency": _same("dependency", to.as_text),
    "--distribution": _same("distribution", to.as_text),
    "--error": _same("standard_error", to.as_text),
    "--exclude": Way(None, to.as_hosts, "excluded_nodes"),
    "--exclusive": Way("exclusive", to.as_owner, "shared", to.as_shared),
    "--get-user-env": Way("get_user_environment", to.as_yes),
    "--gpu-bind": Way("gpu_binding", to.as_text),
    "--gpu-freq": Way("gpu_frequency", to.as_text),
    "--gpus": Way("gpus", to.as_text, "tres_per_job", to.as_gpus),
    "--gpus-per-node": Way("gpus_per_node", to.as_text, "tres_per_node", to.as_gpus),
    "--gpus-per-socket": Way("gpus_per_socket", to.as_text, "tres_per_socket", to.as_gpus),
    "--gpus-per-task": Way("gpus_per_task", to.as_text, "tres_per_task", to.as_gpus),
    "--gres": Way("gres", to.as_text, "tres_per_node", to.as_gres),
    "--gres-flags": Way("gres_flags", to.as_text),
    "--hint": Way("cpu_binding_hint", to.as_text),
    "--hold": _same("hold", to.as_yes),
    "--input": _same("standard_input", to.as_text),
    "--job-name": _same("name", to.as_text),
    "--kill-on-invalid-dep": Way("kill_on_invalid_dependency", to.as_yes),
    "--licenses": _same("licenses", to.as_text),
    "--mail-type": _same("mail_type", to.as_text, to.as_mail),
    "--mail-user": _same("mail_user", to.as_text),
    "--mcs-label": _same("mcs_label", to.as_text),
    "--mem": _same("memory_per_node", to.as_mebibytes),
    "--mem-bind": Way("memory_binding", to.as_text),
    "--mem-per-cpu": _same("memory_per_cpu", to.as_mebibytes),
    "--mem-per-gpu": Way("memory_per_gpu", to.as_mebibytes, "memory_per_tres", to.as_gpu_memory),
    "--mincpus": _same("minimum_cpus_per_node", to.as_count),
    "--network": Way(None, to.as_text, "network"),
    "--nice": _same("nice", to.as_nice),
    "--no-requeue": Way(None, lambda value: not to.as_yes(value), "requeue"),
    "--nodelist": Way(None, to.as_hosts, "required_nodes"),
    "--nodes": _same("nodes", to.as_text),
    "--ntasks": _same("tasks", to.as_count),
    "--ntasks-per-core": _same("tasks_per_core", to.as_count),
    "--ntasks-per-node": _same("tasks_per_node", to.as_count),
    "--ntasks-per-socket": _same("tasks_per_socket", to.as_count),
    "--open-mode": _same("open_mode", to.as_text, to.as_open_mode),
    "--output": _same("standard_output", to.as_text),
    "--overcommit": Way(None, to.as_yes, "overcommit"),
    "--oversubscribe": Way("oversubscribe", to.as_yes, "shared", to.as_oversubscribed, since=38),
    "--partition": _same("partition", to.as_text),
    "--prefer": _same("prefer", to.as_text, since=38),
    "--priority": _same("priority", to.as_count, since=37),
    "--qos": _same("qos", to.as_text),
    "--reboot": Way(None, to.as_yes, "reboot"),
    "--requeue": _same("requeue", to.as_yes),
    "--reservation": _same("reservation", to.as_text),
    "--signal": Way("signal", to.as_plain_signal),
    "--sockets-per-node": _same("sockets_per_node", to.as_count),
    "--spread-job": Way("spread_job", to.as_yes),
    "--switches": Way(None, to.as_switches, "required_switches"),
    "--thread-spec": Way("thread_specification", to.as_count),
    "--threads-per-core": _same("threads_per_core", to.as_count),
    "--time": _same("time_limit", to.as_minutes, to.as_limit),
    "--time-min": _same("time_minimum", to.as_minutes, to.as_limit, since=38),
    "--tmp": Way(None, to.as_mebibytes, "temporary_disk_per_node"),
    "--wckey": _same("wckey", to.as_text),
}
"""Options that become one field. `--chdir`, `--export` and times are done beside."""

SILENT = frozenset({"--parsable", "--quiet", "--verbose", "--ignore-pbs"})
"""What changes only how sbatch itself behaves."""
TIMES = {"--begin": "begin_time", "--deadline": "deadline"}
"""Moments: text before v0.0.39, seconds since 1970 from it on."""
