"""Outputs where they meet the working directory and each other."""

from __future__ import annotations

from dataclasses import replace

from podtui.domain.translate.canonical import canonical, joined
from podtui.domain.translate.draft import Draft
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.spec import PathToken, Place, Stream, Workdir


def is_relative(stream: Stream) -> bool:
    """Whether the path begins with neither a folder of its own nor the home."""
    first = stream.parts[0] if stream.parts else ""
    return first is not PathToken.HOME and not str(first).startswith("/")


def resolve_streams(draft: Draft) -> None:
    """Make paths that begin at the working directory begin where the job is submitted.

    Grid Engine and Slurm put relative outputs there, PBS where the job is submitted.
    """
    spec = canonical(draft.spec)
    draft.spec = replace(
        draft.spec,
        stdout=_resolved(spec.stdout, spec.workdir),
        stderr=_resolved(spec.stderr, spec.workdir),
    )


def _resolved(stream: Stream | None, workdir: Workdir) -> Stream | None:
    if stream is None or workdir is Place.SUBMIT or not is_relative(stream):
        return stream
    if workdir is Place.HOME:
        return Stream(joined((PathToken.HOME, "/", *stream.parts)), stream.host)
    return Stream(joined((f"{str(workdir).rstrip('/')}/", *stream.parts)), stream.host)


def ignore_stderr(draft: Draft, why: str) -> None:
    """Tell that a file for errors is not used, because the outputs are joined."""
    if draft.spec.join and draft.spec.stderr is not None:
        for option in draft.origins.get("stderr", []):
            draft.note(NoteKind.TOLD, option, f"is not used: {why}")
        draft.spec = replace(draft.spec, stderr=None)
