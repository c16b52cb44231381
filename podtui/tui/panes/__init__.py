"""The four panes of the main screen. A pane does no I/O: it shows values and posts requests."""
