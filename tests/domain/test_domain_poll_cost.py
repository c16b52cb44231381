"""What polls cost, in numbers and words."""

from podtui.domain.poll_cost import PollCost


def test_queries_are_counted_and_timed() -> None:
    cost = PollCost().after(100.0, 101.0)
    assert (cost.queries, cost.last, cost.total, cost.a_minute) == (1, 1.0, 1.0, 1.0)
    for turn in range(1, 13):
        cost = cost.after(100.0 + 10 * turn, 100.5 + 10 * turn)
    assert (cost.queries, cost.last, cost.total) == (13, 0.5, 7.0)
    assert cost.a_minute == 13 * 60 / 120.5
    assert cost.words == "13 queries, the last in 0.5 s, 6.5 a minute"


def test_a_cluster_never_asked_says_so() -> None:
    assert PollCost().words == "not asked yet"
    assert PollCost().after(1.0, 1.2).words == "1 query, the last in 0.2 s, 1.0 a minute"
