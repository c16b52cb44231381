"""How a person looks at the job table: columns, order and filter, kept under names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from podtui.domain.job_columns import BY_NAME, FIRST_COLUMNS

_RECENT = 30  # filters that are remembered
_WIDEST = 200  # cells


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column by its field's name; `width` in cells, 0 for as wide as its content needs."""

    field: str
    width: int = 0


FIRST_CHOICE = tuple(ColumnChoice(name) for name in FIRST_COLUMNS)


@dataclass(frozen=True, slots=True)
class JobLook:
    """Columns in their order, what is sorted by and which way, what is looked for."""

    columns: tuple[ColumnChoice, ...] = FIRST_CHOICE
    sort: str = "submitted"
    descending: bool = True
    filter: str = ""
    unfolded: bool = False

    def sorted_by(self, field: str) -> Self:
        """Sorted by a field; by the same field again, the other way round."""
        if field == self.sort:
            return replace(self, descending=not self.descending)
        return replace(self, sort=field, descending=BY_NAME[field].late)


@dataclass(frozen=True, slots=True)
class JobViews:
    """The look of now, those kept under names, and the filters typed lately, the last first.

    `name` is the view the look of now was taken from, empty when from none.
    """

    look: JobLook = JobLook()
    name: str = ""
    named: tuple[tuple[str, JobLook], ...] = ()
    recent: tuple[str, ...] = ()

    def find(self, name: str) -> JobLook | None:
        """The look kept under a name."""
        return next((look for known, look in self.named if known == name), None)

    def kept(self, name: str) -> Self:
        """The look of now kept under a name, in the place of one of that name."""
        others = tuple((known, look) for known, look in self.named if known != name)
        return replace(self, name=name, named=tuple(sorted((*others, (name, self.look)))))

    def dropped(self, name: str) -> Self:
        """Without the view of that name."""
        named = tuple((known, look) for known, look in self.named if known != name)
        return replace(self, name="" if self.name == name else self.name, named=named)

    def remembering(self, text: str) -> Self:
        """With a filter among those typed lately."""
        text = text.strip()
        if not text:
            return self
        return replace(self, recent=(text, *(old for old in self.recent if old != text))[:_RECENT])


def look_from(data: object) -> JobLook:
    """A look as it was written; what is no look or unknown by now is left out."""
    if not isinstance(data, Mapping):
        return JobLook()
    columns = tuple(_columns(data.get("columns")))
    sort = data.get("sort")
    text = data.get("filter")
    return JobLook(
        columns=columns or FIRST_CHOICE,
        sort=sort if isinstance(sort, str) and sort in BY_NAME else JobLook().sort,
        descending=data.get("descending") is not False,
        filter=text if isinstance(text, str) else "",
        unfolded=data.get("unfolded") is True,
    )


def _columns(data: object) -> list[ColumnChoice]:
    found: dict[str, ColumnChoice] = {}
    for entry in data if isinstance(data, list) else []:
        name = entry.get("field") if isinstance(entry, Mapping) else None
        width = entry.get("width") if isinstance(entry, Mapping) else None
        if isinstance(name, str) and name in BY_NAME:
            known = isinstance(width, int) and 0 <= width <= _WIDEST
            found[name] = ColumnChoice(name, width if known and isinstance(width, int) else 0)
    return list(found.values())


def look_data(look: JobLook) -> dict[str, Any]:
    """A look as plain values, for writing."""
    return {
        "columns": [{"field": column.field, "width": column.width} for column in look.columns],
        "sort": look.sort,
        "descending": look.descending,
        "filter": look.filter,
        "unfolded": look.unfolded,
    }
