"""Recorded answers, and the accounts and scopes they are read with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from podtui.backends.schedulers.base import Output

_FIXTURES = Path(__file__).parents[3] / "fixtures"


@pytest.fixture
def recorded() -> Callable[[str], Output]:
    """What a command answered, by its fixture's name below tests/fixtures."""
    return lambda name: Output(0, (_FIXTURES / name).read_bytes())
