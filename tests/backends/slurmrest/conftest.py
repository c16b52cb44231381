"""What the tests on the real daemons share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder the daemon's user can write to."""
    folder = tmp_path_factory.mktemp("rest")
    for one in (folder, *folder.parents[:3]):
        one.chmod(one.stat().st_mode | 0o011)
    folder.chmod(0o777)
    return folder
