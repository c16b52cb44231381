#!/bin/bash
# Stop the Grid Engine of up.sh with its jobs; --wipe also removes its cell: jobs, accounting, queues.
. "$(cd "$(dirname "$0")" && pwd)/settings.sh"

stop() { # a pid file whose process is a daemon of ours
  alive "$1" && grep -q '^sge_' "/proc/$(cat "$1")/comm" || return
  pid=$(cat "$1")
  kill "$pid"
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || return; sleep 0.1; done
  kill -9 "$pid"
}

qdel -f -u '*' >/dev/null 2>&1
stop "$SPOOL/execd/$HOST/execd.pid"
stop "$SPOOL/qmaster/qmaster.pid"
rm -f "$SGE_BASE/login.env"
[ "${1:-}" = --wipe ] && rm -rf "${SGE_ROOT:?}/$SGE_CELL"
exit 0
