"""Command lines that are kept: private, bounded, and read with suspicion."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from podtui.errors import FileTrouble
from podtui.services.command_history import MOST, CommandHistory


def test_lines_come_back_in_their_order(tmp_path: Path) -> None:
    history = CommandHistory(tmp_path / "commands.json")
    assert history.load() == ()
    history.save(("files /scratch", "jobs [b]"))
    assert history.load() == ("files /scratch", "jobs [b]")
    assert (tmp_path / "commands.json").stat().st_mode & 0o777 == 0o600


def test_it_keeps_the_latest_and_nothing_that_could_act(tmp_path: Path) -> None:
    history = CommandHistory(tmp_path / "commands.json")
    history.save(("bad\x1b[2J", "x" * 5000, *(f"job {number}" for number in range(MOST + 50))))
    found = history.load()
    assert found[0] == "job 0"
    assert len(found) <= MOST


@pytest.mark.parametrize("lines", ["text", 7, None, [7, None, "", "a\nb", "ok", "ok"]])
def test_what_somebody_else_wrote_there_is_passed_over(tmp_path: Path, lines: object) -> None:
    (tmp_path / "commands.json").write_text(json.dumps({"lines": lines}))
    assert CommandHistory(tmp_path / "commands.json").load() in ((), ("ok",))


def test_a_file_that_is_no_json_is_moved_away_and_told(tmp_path: Path) -> None:
    (tmp_path / "commands.json").write_text("{")
    with pytest.raises(FileTrouble, match="could not be read"):
        CommandHistory(tmp_path / "commands.json").load()
    assert CommandHistory(tmp_path / "commands.json").load() == ()
