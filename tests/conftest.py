"""What all tests share: nobody's home is touched, and no clock decides a property test."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A loaded machine draws slowly; that says nothing about the property.
settings.register_profile(
    "podtui", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)
settings.load_profile("podtui")

# A shell starts what runs in the background with Ctrl-C ignored, nohup with the hang-up ignored,
# and all children inherit it.
for number, default in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, default)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for each test, and no agent or setting of the person who runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("SSH_AUTH_SOCK", "NO_COLOR", "PODTUI_CONFIG", "PODTUI_DEFAULT_CLUSTER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr("podtui.paths.SYSTEM_CONFIG", home / "etc" / "config.toml")
    monkeypatch.setattr("podtui.paths.SYSTEM_PODTOOLS", home / "etc" / "podtools.conf")
    return home
