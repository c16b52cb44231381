"""The kept views: whole, private, and no loss to a file that cannot be read."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from podtui.domain.job_views import ColumnChoice, JobLook, JobViews
from podtui.errors import FileTrouble
from podtui.services.views import ViewStore

VIEWS = JobViews(
    look=JobLook((ColumnChoice("name", 9),), "age", False),
    named=(("mine", JobLook(filter="user:me \udcff")),),
    recent=("x", "é"),
)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "state" / "views.json"
    assert ViewStore(path).load() == JobViews()
    ViewStore(path).save(VIEWS)
    assert ViewStore(path).load() == VIEWS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["views.json"]


def test_a_filter_does_not_hide_jobs_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "views.json"
    ViewStore(path).save(replace(VIEWS, look=replace(VIEWS.look, filter="user:me"), name="mine"))
    assert ViewStore(path).load() == VIEWS


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b" " * (2 << 20)])
def test_what_is_no_views_is_moved_away_and_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "views.json"
    path.write_bytes(content)
    with pytest.raises(FileTrouble, match="could not be read"):
        ViewStore(path).load()
    assert (tmp_path / "views.unread").read_bytes() == content
    assert ViewStore(path).load() == JobViews()


def test_odd_values_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "views.json"
    path.write_text('{"look": 7, "named": [3, {"name": ""}, {"name": "a"}], "recent": [1, "x"]}')
    assert ViewStore(path).load() == JobViews(named=(("a", JobLook()),), recent=("x",))


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(FileTrouble, match="views were not kept"):
        ViewStore(tmp_path / "state" / "views.json").save(VIEWS)
