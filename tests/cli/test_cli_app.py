"""What `__main__` opens: the screen, and the screen on an embedded pod."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from podtui.__main__ import main


@pytest.fixture
def opened(at_home, monkeypatch):
    """The screen replaced by a note of how it was opened."""
    calls = []

    def run_app(config, paths, *, alone):
        assert alone == bool(config.clusters)  # here: only a file named by the caller has any
        calls.append((config, paths))
        if config.clusters and config.clusters[0].auth_url.startswith("http:"):
            with pytest.raises(urllib.error.HTTPError) as answer:  # somebody is there
                urllib.request.urlopen(config.clusters[0].auth_url, timeout=10)
            answer.value.close()
        return 0

    monkeypatch.setattr("podtui.tui.run.run_app", run_app)
    monkeypatch.setattr("podtui.__main__.has_terminal", lambda: True)
    return calls


def test_without_a_command_the_screen_opens(opened, at_home):
    assert main([]) == 0
    ((config, paths),) = opened
    assert config.clusters == ()
    assert str(paths.state).startswith(str(at_home))


def test_the_screen_takes_the_common_options(opened, at_home):
    file = at_home / "c.toml"
    file.write_text(
        f'state_dir = "{at_home}/state"\n[clusters.a]\nkind = "pod"\n[clusters.b]\nkind = "pod"\n'
    )
    assert main(["--config", str(file), "--cluster", "b", "-v"]) == 0
    ((config, paths),) = opened
    assert (config.default_cluster, paths.config_file) == ("b", file)
    assert paths.state == at_home / "state"
    assert main(["--json"]) == 2
    assert len(opened) == 1


def test_demo_serves_a_pod_as_long_as_the_screen_is_open(opened, tmp_path):
    state = tmp_path / "pod"
    assert main(["demo", "--state", str(state)]) == 0
    ((config, paths),) = opened
    assert [cluster.name for cluster in config.clusters] == ["pod"]
    assert paths.config_file == state / "client/config.toml"
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(config.clusters[0].auth_url, timeout=10)


def test_demo_tells_why_there_is_no_pod(opened, tmp_path, capfd):
    (tmp_path / "file").write_text("")
    assert main(["demo", "--state", str(tmp_path / "file")]) == 1
    told = capfd.readouterr().err
    assert "cannot be used" in told
    assert "No pod" in told
    assert opened == []


def test_demo_has_a_configuration_of_its_own(opened, capsys):
    assert main(["demo", "--config", "mine.toml"]) == 2
    assert opened == []


def test_nothing_is_served_where_no_screen_can_open(tmp_path, at_home, capsys):
    assert main(["demo", "--state", str(tmp_path / "pod")]) == 2
    assert not (tmp_path / "pod").exists()
    assert "terminal" in capsys.readouterr().err
