"""A staged job as its scheduler is given it."""

from __future__ import annotations

from podtui.domain.job import Submission
from podtui.domain.staging import Manner, StagedJob


def submission_of(job: StagedJob, manner: Manner) -> Submission:
    """What is handed to a cluster for `job`, held where files must come first."""
    return Submission(
        filename=job.filename,
        content=job.content,
        dialect=job.dialect,
        token=job.token,
        hold=job.hold if manner.inputs_first else job.submit_held,
        overwrite=job.overwrite,
        hash_algo=job.hash_algo,
        inputs=tuple(pair.target or pair.remote for pair in job.stage_in),
        outputs=tuple(pair.remote for pair in job.stage_out),
    )
