"""resop: shell commands and operations on a cluster, through one synchronous HTTP service."""
