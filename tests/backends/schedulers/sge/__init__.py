"""Grid Engine: recorded answers, hostile ones, and a live testbed."""
