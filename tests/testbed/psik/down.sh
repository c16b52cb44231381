#!/usr/bin/env bash
# Stop what up.sh started, by recorded pid, and the jobs they run: psik's local jobs stay in their
# server's session and outlive it. WIPE=1 also removes its folder.
set -uo pipefail
. "$(dirname "$0")/settings.sh"
for pair in plain:uvicorn socket:uvicorn closed:uvicorn tls:certified; do
  pidfile=$STATE/${pair%:*}.pid
  session=$(cat "$pidfile" 2>/dev/null)
  running "$pidfile" "${pair#*:}" || session=
  stop "$pidfile" "${pair#*:}" 5
  [ -z "$session" ] || pkill -KILL -s "$session"
done
if [ "${WIPE:-0}" = 1 ]; then rm -rf "$STATE"; fi
exit 0
