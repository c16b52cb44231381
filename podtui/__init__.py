"""podtui: one terminal screen for every batch cluster you can reach."""

__version__ = "0.1.0"
