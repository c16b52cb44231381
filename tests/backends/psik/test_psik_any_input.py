"""Whatever a service answers and whatever a script says: a value or a PodError, never a crash."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from podtui.backends.psik.biscuit import read_blocks
from podtui.backends.psik.compose import compose
from podtui.backends.psik.places import check_upload, locate, read_listing, read_texts
from podtui.backends.psik.refusal import refusal
from podtui.backends.psik.site import Site, System, read_systems
from podtui.backends.psik.steps import job_of, read_steps
from podtui.domain.job import JobKey, ScriptDialect, Submission
from podtui.errors import PodError

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TEXT = st.text(st.characters(codec=None, max_codepoint=0xFFFF), max_size=30)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "jobid": st.sampled_from(["1.5", "1795303695.279"]) | ANY,
        "name": ANY,
        "updated": st.floats() | ANY,
        "jobndx": ANY,
        "state": st.sampled_from(["new", "queued", "active", "completed", "failed", "canceled"])
        | ANY,
        "info": ANY,
    },
)
FILES = st.dictionaries(TEXT, st.fixed_dictionaries({"size": ANY, "mtime": ANY}), max_size=4)
DIRECTIVE = st.sampled_from(["#SBATCH", "#PBS", "#$", "", "#!/bin/tcsh", "cd $PBS_O_WORKDIR"])


@given(st.lists(ROW, min_size=1, max_size=5) | ANY)
def test_any_list_of_jobs(answer: Any) -> None:
    with suppress(PodError):
        steps, skipped = read_steps(answer)
        assert len(steps) + skipped == len(answer)
        if steps:
            job = job_of(JobKey("psik", steps[0].job_id), "q", "", steps, NOW)
            assert job.name.isprintable()


@given(ANY | FILES)
def test_any_other_answer(answer: Any) -> None:
    with suppress(PodError):
        assert all(one.name.isprintable() for one in read_systems(answer))
    with suppress(PodError):
        for entry in read_listing(answer):
            assert entry.size >= 0
            assert entry.unsafe or quote(entry.name)
    with suppress(PodError):
        assert all("/" not in name and quote(name) for name in read_texts(answer))
    read_blocks(answer)


@given(st.sampled_from([301, 400, 401, 404, 422, 500, 502]), st.binary(max_size=200))
def test_any_refusal(status: int, body: bytes) -> None:
    for changes in (False, True):
        assert refusal(status, body, "GET jobs", changes=changes).message.isprintable()


@given(TEXT | st.lists(st.sampled_from(["jobs", "1.5", "..", ".", "", "a", "logs"])).map("/".join))
def test_no_path_leaves_its_job(path: str) -> None:
    with suppress(PodError):
        place = locate(path)
        assert ".." not in place.inside
        assert all(quote(part) for part in place.inside)
        name = check_upload(place)
        assert "/" not in name
        assert name not in ("", ".", "..")


@given(
    st.lists(st.tuples(DIRECTIVE, TEXT).map(" ".join), max_size=6).map("\n".join),
    st.sampled_from(ScriptDialect),
    st.sampled_from([1, 2]),
)
def test_any_script(text: str, dialect: ScriptDialect, version: int) -> None:
    content = text.encode("utf-8", "surrogatepass")
    site = Site(version, (System("default", "local"), System("hpc", "slurm")))
    with suppress(PodError):
        order = compose(Submission("job.sh", content, dialect, "0f"), site)
        assert order.spec["script"].startswith("#!")
        assert all(loss.isprintable() for loss in order.losses)
