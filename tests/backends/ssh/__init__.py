"""SSH against real and in-process servers."""
