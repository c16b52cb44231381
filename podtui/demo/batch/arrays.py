"""Array requests: which tasks, and how many at once."""

from podtui.demo.batch.rejected import bad_value, submit_error

_MOST = 10_000


def torque_tasks(text: str) -> tuple[tuple[int, ...], int | None]:
    """Read `1-10,15`, `0-8:2` or `1-100%5` as (task numbers, most at once)."""
    wanted, _, limit = text.partition("%")
    tasks: set[int] = set()
    try:
        for part in wanted.split(","):
            span, _, step = part.partition(":")
            first, dash, last = span.partition("-")
            low = int(first)
            high = int(last) if dash else low
            if low < 0 or high < low:
                raise bad_value("-t")
            if high - low >= _MOST:
                raise submit_error("Bad Job Array Request", 208)
            tasks.update(range(low, high + 1, int(step) if step else 1))
        most = int(limit) if limit else None
    except ValueError as error:
        raise bad_value("-t") from error
    if most is not None and most < 1:
        raise bad_value("-t")
    if len(tasks) > _MOST:
        raise submit_error("Bad Job Array Request", 208)
    return tuple(sorted(tasks)), most


def grid_engine_tasks(text: str) -> tuple[tuple[int, ...], int]:
    """Read `n[-m[:s]]` as (task numbers, step)."""
    span, _, step_text = text.partition(":")
    first, dash, last = span.partition("-")
    try:
        low = int(first)
        high = int(last) if dash else low
        step = int(step_text) if step_text else 1
    except ValueError as error:
        raise bad_value("-t") from error
    if low < 1 or high < low or step < 1 or (high - low) // step >= _MOST:
        raise bad_value("-t")
    return tuple(range(low, high + 1, step)), step
