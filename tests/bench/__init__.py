"""Speeds, as ratios of two things measured in turn in one run: a slow machine slows both."""
