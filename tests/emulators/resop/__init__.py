"""A resop 22.1-beta that runs what it is told, by a shell of this machine."""
