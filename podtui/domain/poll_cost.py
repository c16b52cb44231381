"""What asking a scheduler for its jobs again and again costs it."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class PollCost:
    """The list queries of one cluster since podtui began: how many, and how long they took.

    `last` and `total` are seconds the queries took, the link's included; `over` the seconds from
    the first query's beginning to the last one's end.
    """

    queries: int = 0
    last: float = 0.0
    total: float = 0.0
    begun: float | None = None
    over: float = 0.0

    def after(self, begun: float, ended: float) -> PollCost:
        """With one more query; both moments by one steady clock, in seconds."""
        first = begun if self.begun is None else self.begun
        took = ended - begun
        return replace(
            self,
            queries=self.queries + 1,
            last=took,
            total=self.total + took,
            begun=first,
            over=ended - first,
        )

    @property
    def a_minute(self) -> float:
        """Queries a minute; the number itself as long as no minute has passed."""
        return self.queries * 60 / max(self.over, 60.0)

    @property
    def words(self) -> str:
        """For a person: `12 queries, the last in 0.4 s, 6.0 a minute`."""
        if not self.queries:
            return "not asked yet"
        many = "1 query" if self.queries == 1 else f"{self.queries} queries"
        return f"{many}, the last in {self.last:.1f} s, {self.a_minute:.1f} a minute"
