"""Slurm's states and pending reasons, in podtui's states and in plain words.

Sources: squeue's manual page ("JOB STATE CODES", "JOB REASON CODES") and the resource limits page.
"""

from __future__ import annotations

import re

from podtui.domain.job import JobState

STATES = {
    "PENDING": JobState.QUEUED,
    "CONFIGURING": JobState.QUEUED,
    "EXPEDITING": JobState.QUEUED,
    "POWER_UP_NODE": JobState.QUEUED,
    "REQUEUED": JobState.QUEUED,
    "REQUEUE_FED": JobState.QUEUED,
    "REQUEUE_HOLD": JobState.HELD,
    "RESV_DEL_HOLD": JobState.HELD,
    "SPECIAL_EXIT": JobState.HELD,
    "RUNNING": JobState.RUNNING,
    "COMPLETING": JobState.RUNNING,
    "RESIZING": JobState.RUNNING,
    "SIGNALING": JobState.RUNNING,
    "STAGE_OUT": JobState.RUNNING,
    "SUSPENDED": JobState.SUSPENDED,
    "STOPPED": JobState.SUSPENDED,
    "COMPLETED": JobState.COMPLETED,
    "FAILED": JobState.FAILED,
    "BOOT_FAIL": JobState.FAILED,
    "LAUNCH_FAILED": JobState.FAILED,
    "RECONFIG_FAIL": JobState.FAILED,
    "NODE_FAIL": JobState.FAILED,
    "OUT_OF_MEMORY": JobState.FAILED,
    "CANCELLED": JobState.CANCELLED,
    "PREEMPTED": JobState.CANCELLED,
    "REVOKED": JobState.CANCELLED,
    "TIMEOUT": JobState.TIMEOUT,
    "DEADLINE": JobState.TIMEOUT,
}

_HELD = frozenset(
    {
        "JobHeldUser",
        "JobHeldAdmin",
        "JobHoldMaxRequeue",
        "launch failed requeued held",
        "launch_failed_requeued_held",
        "job requeued in held state",
        "job_requeued_in_held_state",
        "user env retrieval failed requeued held",
        "user_env_retrieval_failed_requeued_held",
    }
)


def state_of(word: str, reason: str, priority: str) -> JobState:
    """The state; `CANCELLED by 1001` is CANCELLED, a waiting job of priority 0 is held."""
    state = STATES.get(word) or STATES.get(word.partition(" ")[0], JobState.UNKNOWN)
    if state is JobState.QUEUED and (priority == "0" or reason in _HELD):
        return JobState.HELD
    return state


_ENDED = {
    "OUT_OF_MEMORY": "Killed for memory: it used more than it asked for.",
    "NODE_FAIL": "A node it ran on failed.",
    "BOOT_FAIL": "A node it was to run on could not be started.",
    "LAUNCH_FAILED": "It could not be started on its nodes.",
    "RECONFIG_FAIL": "Its nodes could not be made ready for it.",
    "PREEMPTED": "It had to make way for a more urgent job.",
    "DEADLINE": "It could not be done before its deadline.",
    "REVOKED": "Another cluster of the federation runs it.",
}
A_STEP_STARVED = "A step of it was killed for memory: it used more than it asked for."


def why_ended(word: str) -> str:
    """What a state that Slurm alone has says of an end; empty where podtui's own word says it."""
    return _ENDED.get(word, "")


_WORDS = {
    "None": "Not looked at by the scheduler yet.",
    "Priority": "Other jobs are before it.",
    "Resources": "Next in line; waits for nodes, cores or memory to become free.",
    "Dependency": "Waits for another job it depends on.",
    "DependencyNeverSatisfied": "Will never start: the job it depends on ended the wrong way.",
    "BeginTime": "Its start time has not come, or it was just requeued.",
    "JobHeldUser": "Held by its owner; release it to let it start.",
    "JobHeldAdmin": "Held by an administrator; only they can release it.",
    "JobHoldMaxRequeue": "Held: it was requeued too often.",
    "JobArrayTaskLimit": "As many tasks of this array run as its own limit (%) allows.",
    "Licenses": "Waits for a licence to become free.",
    "Reservation": "Waits for its reservation to begin.",
    "ReservationDeleted": "Its reservation was deleted.",
    "PartitionDown": "The partition is down.",
    "PartitionInactive": "The partition takes no jobs now.",
    "PartitionConfig": "It asks for more than the partition has.",
    "PartitionNodeLimit": "It asks for more, or fewer, nodes than the partition allows.",
    "PartitionTimeLimit": "It asks for more time than the partition allows.",
    "NodeDown": "A node it asks for is down.",
    "BadConstraints": "No node can ever meet what it asks for.",
    "AccountNotAllowed": "Its account may not use this partition.",
    "AccountingPolicy": "A limit of its account is reached.",
    "InvalidAccount": "Its account is not valid.",
    "InvalidQOS": "Its QOS is not valid.",
    "QOSNotAllowed": "Its QOS may not be used in this partition.",
    "QOSUsageThreshold": "Its account used more than its share; the QOS wants it to wait.",
    "Prolog": "The node is being prepared.",
    "Cleaning": "It was requeued and still cleans up after its last run.",
    "BurstBufferResources": "Waits for room in the burst buffer.",
    "BurstBufferStageIn": "Its data is being copied to the burst buffer.",
    "FrontEndDown": "No front end node is up to run it.",
    "InactiveLimit": "It was idle for too long.",
    "NonZeroExitCode": "Requeued after it ended with an exit code other than 0.",
    "SystemFailure": "Slurm itself, the network or the file system failed.",
    "DeadLine": "It cannot be done before its deadline.",
    "MaxMemPerLimit": "It asks for more memory per core or node than is allowed.",
    "launch failed requeued held": "Held: it could not be started on its node.",
    "job requeued in held state": "Requeued and held.",
    "user env retrieval failed requeued held": "Held: its user's environment could not be had.",
    "Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions": (
        "Nodes it needs are down, drained, or kept for more urgent jobs."
    ),
}
_WORDS |= {key.replace(" ", "_"): words for key, words in _WORDS.items() if " " in key}
_UNAVAILABLE = re.compile(r"\(?ReqNodeNotAvail\b[(,]?\s*(.*?)\)?")
_LIMIT = re.compile(r"(Assoc|QOS)(Grp|Max|Min)(\w*?)(?:Limit)?")
_WHOSE = {"Assoc": "its account's", "QOS": "its QOS's"}
_EXTENT = {
    "Grp": "All jobs together are at {} limit",
    "Max": "It is at {} upper limit",
    "Min": "It is below {} lower limit",
}
_THINGS = {"Cpu": "cores", "CPU": "cores", "Mem": "memory", "Node": "nodes", "GRES": "devices"} | {
    "Billing": "billing units",
    "Energy": "energy",
    "License": "licences",
    "Job": "jobs",
    "Submit": "jobs submitted",
    "Wall": "run time",
    "BB": "burst buffer",
}
_PER = {"User": "user", "Account": "account", "Job": "job", "Node": "node", "PU": "user"} | {
    "PA": "account",
    "PJ": "job",
}
_THING = re.compile("|".join(sorted(_THINGS, key=len, reverse=True)))
_PER_WHOM = re.compile(rf"(?:Per)?({'|'.join(_PER)})$")


def why(reason: str) -> str:
    """A pending reason in plain words; one never heard of stays as Slurm said it."""
    words = _WORDS.get(reason)
    if words is not None:
        return words
    match = _UNAVAILABLE.fullmatch(reason)
    if match:
        which = match[1].replace("_", " ").strip()
        return "A node it needs is not available" + (f" ({which})." if which else ".")
    match = _LIMIT.fullmatch(reason)
    return _limit(match, reason) if match else reason


def _limit(match: re.Match[str], reason: str) -> str:
    """`AssocGrpCPURunMinutesLimit` as: all jobs together are at its account's limit of cores."""
    thing = _THING.search(match[3])
    per = _PER_WHOM.search(match[3], thing.end() if thing else 0)
    words = _EXTENT[match[2]].format(_WHOSE[match[1]])
    of = f" of {_THINGS[thing[0]]}" if thing else ""
    whom = f" per {_PER[per[1]]}" if per else ""
    return f"{words}{of}{whom} ({reason})."
