#!/usr/bin/env bash
# server.sh stop|start: take the plain psik_api away and bring it back; its jobs go on.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
case ${1:-} in
  stop) stop "$STATE/plain.pid" uvicorn 5 ;;
  start) exec "$HERE/up.sh" ;;
  *) die "usage: server.sh stop|start" ;;
esac
