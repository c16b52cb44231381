"""No dead option: for each key outside the clusters, the test that sees what it changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from podtui.config.keys import TOP_KEYS

TESTS = Path(__file__).parents[1]
SEEN_BY = {
    "default_cluster": "tui/test_tui_frame.py::test_the_default_cluster_is_connected_at_the_start",
    "theme": "tui/test_tui_frame.py::test_the_users_own_theme_is_taken",
    "loglevel": "config/test_config_podtools.py::test_loglevel_is_podtuis_unless_set_above",
    "state_dir": "config/test_config_load.py::test_the_environment_gives_texts_their_types",
    "podtools": "config/test_config_podtools.py::test_podtools_false_leaves_its_files_alone",
    "notify": "tui/test_tui_notices.py::test_notify_says_which_ends_are_told",
    "bell": "tui/test_tui_notices.py::test_an_end_is_told_rung_and_shown_on_the_desktop",
    "desktop": "tui/test_tui_notices.py::test_an_end_is_told_rung_and_shown_on_the_desktop",
    "keys": "tui/test_tui_keymap.py::"
    "test_a_remapped_key_acts_and_stands_on_the_line_and_in_the_help",
}


@pytest.mark.parametrize("key", TOP_KEYS, ids=lambda key: key.name)
def test_a_test_sees_what_each_key_changes(key) -> None:
    file, _, name = SEEN_BY[key.name].partition("::")
    text = (TESTS / file).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE)
