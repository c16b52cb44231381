#!/bin/sh
# Run "$@" under the host name "localhost", seen by it and its children alone (same pid).
# Slurm's NoInAddrAny binds to the address of the daemon's own host name: so it binds to loopback.
exec unshare --uts sh -c \
  'hostname localhost 2>/dev/null || echo localhost >/proc/sys/kernel/hostname; exec "$@"' _ "$@"
