"""Widgets used in several places."""
