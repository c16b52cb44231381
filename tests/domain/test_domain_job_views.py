"""Views as values: what a click changes, what is kept, and what an old file may say."""

from __future__ import annotations

import json
from dataclasses import replace

from podtui.domain.job_views import ColumnChoice, JobLook, JobViews, look_data, look_from


def test_sorting_by_the_same_field_again_turns_the_order() -> None:
    look = JobLook().sorted_by("name")
    assert (look.sort, look.descending) == ("name", False)
    assert look.sorted_by("name").descending is True
    assert look.sorted_by("age").descending is True  # the oldest is what one looks for


def test_a_look_is_written_and_read_the_same() -> None:
    look = JobLook((ColumnChoice("name", 12), ColumnChoice("left")), "left", False, "user:me", True)
    assert look_from(json.loads(json.dumps(look_data(look)))) == look


def test_what_is_unknown_in_a_look_is_left_out() -> None:
    look = look_from(
        {
            "columns": [{"field": "name", "width": -3}, {"field": "gone"}, 7, {"field": "user"}],
            "sort": "gone",
            "filter": 7,
        }
    )
    assert look == replace(JobLook(), columns=(ColumnChoice("name"), ColumnChoice("user")))
    assert look_from([]) == look_from({"columns": "no"}) == JobLook()


def test_views_are_kept_replaced_and_dropped() -> None:
    views = JobViews(look=JobLook(filter="user:me")).kept("mine")
    assert views.name == "mine"
    assert views.find("mine") == JobLook(filter="user:me")
    again = replace(views, look=JobLook(filter="x")).kept("mine").kept("also")
    assert [name for name, _ in again.named] == ["also", "mine"]
    assert again.find("mine") == JobLook(filter="x")
    assert again.dropped("also").name == ""
    assert again.dropped("also").find("also") is None


def test_filters_typed_lately_are_remembered_once_the_last_first() -> None:
    views = JobViews()
    for text in ("a", "b", "a", " ", *(f"f{n}" for n in range(40)), "b"):
        views = views.remembering(text)
    assert views.recent[:2] == ("b", "f39")
    assert len(views.recent) == 30
