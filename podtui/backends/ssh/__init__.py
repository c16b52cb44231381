"""SSH: one shared connection a cluster, its host keys, its files, and the keys of this machine."""
