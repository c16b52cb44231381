"""Domain values as the plain values of `--json`; docs/cli.md tells their names and units."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from podtui.domain.cluster import ClusterStatus
    from podtui.domain.entry import Entry
    from podtui.domain.job import Job
    from podtui.domain.key import LocalKey, PublicKey
    from podtui.domain.node import LoginNode
    from podtui.domain.queue import ComputeNode, Queue
    from podtui.domain.staging import StagedJob, StagePair
    from podtui.domain.transfer import Transfer


def plain(value: Any) -> Any:
    """Times as ISO 8601 in UTC, durations in seconds, enums by their word, paths as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


def cluster_facts(status: ClusterStatus) -> dict[str, Any]:
    """A cluster and what it offers."""
    facts: dict[str, Any] = {
        "name": status.name,
        "kind": status.kind,
        "link": status.link.value,
        "user": status.user,
        "about": status.about,
        "controller": asdict(status.controller) if status.controller else None,
        "controllers": [asdict(controller) for controller in status.controllers],
        "token_expires": plain(status.token_expires),
        "offers": {
            offer.facet.value: {"offered": offer.offered, "reason": offer.reason}
            for offer in status.offers
        },
        "error": None,
    }
    if status.error:
        facts["error"] = {"title": status.title, "message": status.error, "hint": status.hint}
    return facts


def job_facts(job: Job, staged: StagedJob | None = None) -> dict[str, Any]:
    """A job; `staging` tells what travels with it, None when podtui's journal has nothing."""
    return {
        "id": job.id,
        "cluster": job.cluster,
        "state": job.state.value,
        "native_state": job.native_state,
        "name": job.name,
        "user": job.user,
        "queue": job.queue,
        "cores": job.cores,
        "walltime_seconds": plain(job.walltime),
        "submitted": plain(job.submitted),
        "started": plain(job.started),
        "ended": plain(job.ended),
        "exit_status": job.exit_status,
        "stdout": job.stdout,
        "stderr": job.stderr,
        "workdir": job.workdir,
        "reason": job.reason,
        "expected_start": plain(job.expected_start),
        "hosts": job.hosts,
        "stage_in": job.stage_in.value,
        "stage_out": job.stage_out.value,
        "attributes": dict(job.attributes),
        "staging": staged_facts(staged) if staged else None,
    }


def staged_facts(job: StagedJob) -> dict[str, Any]:
    """A row of the journal; the script itself is not told."""
    return {
        "token": job.token,
        "cluster": job.cluster,
        "id": job.job_id,
        "name": job.name,
        "script": job.filename,
        "phase": job.phase.value,
        "failed_in": plain(job.failed_in),
        "state": job.job_state.value,
        "exit_status": job.exit_status,
        "ending": job.ending,
        "succeeded": job.succeeded,
        "warning": job.warning,
        "created": plain(job.created),
        "stage_in": [_pair(pair, at < job.staged_in) for at, pair in enumerate(job.stage_in)],
        "stage_out": [_pair(pair, at < job.staged_out) for at, pair in enumerate(job.stage_out)],
        "error": {"title": job.title, "message": job.error, "hint": job.hint}
        if job.error
        else None,
    }


def _pair(pair: StagePair, done: bool) -> dict[str, Any]:
    return {"local": pair.local, "remote": pair.remote, "target": pair.target, "done": done}


def queue_facts(queue: Queue) -> dict[str, Any]:
    """A queue; cores in all."""
    facts: dict[str, Any] = plain(asdict(queue))
    facts["max_walltime_seconds"] = facts.pop("max_walltime")
    return facts


def machine_facts(node: ComputeNode) -> dict[str, Any]:
    """A machine that jobs run on; memory in MB."""
    facts: dict[str, Any] = plain(asdict(node))
    return facts


def node_facts(node: LoginNode) -> dict[str, Any]:
    """A login node."""
    facts: dict[str, Any] = plain(asdict(node))
    return facts | {"address": node.address}


def entry_facts(entry: Entry) -> dict[str, Any]:
    """A name in a folder; size in bytes, mode as a number."""
    facts: dict[str, Any] = plain(asdict(entry))
    return facts


def transfer_facts(transfer: Transfer) -> dict[str, Any]:
    """A transfer that has ended; sizes in bytes."""
    return {
        "cluster": transfer.cluster,
        "direction": transfer.direction.value,
        "local": transfer.local,
        "remote": transfer.remote,
        "other": transfer.other,
        "state": transfer.state.value,
        "bytes": transfer.bytes_done,
        "files": transfer.files_done,
        "skipped": transfer.skipped,
        "resumed": transfer.resumed,
        "error": transfer.error,
        "hint": transfer.hint,
    }


def key_facts(key: PublicKey) -> dict[str, Any]:
    """A public key."""
    return {
        "algorithm": key.algorithm,
        "fingerprint": key.fingerprint,
        "comment": key.comment,
        "line": key.line,
        "options": key.options,
    }


def local_key_facts(key: LocalKey) -> dict[str, Any]:
    """A key pair of this machine."""
    from podtui.domain.key_strength import local_weakness

    weak = local_weakness(key)
    until = key.certificate.expires if key.certificate else None
    return {
        **key_facts(key.public),
        "path": str(key.path),
        "bits": key.bits,
        "encrypted": key.encrypted,
        "in_agent": key.in_agent,
        "made": key.made.isoformat() if key.made else None,
        "exposed": key.exposed,
        "weak": weak.reason if weak else "",
        "advice": weak.advice if weak else "",
        "certificate_until": until.isoformat() if until else None,
    }
