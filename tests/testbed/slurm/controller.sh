#!/usr/bin/env bash
# controller.sh stop|start: take slurmctld away and bring it back, for tests of a dead controller.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
need_root
cd /
case ${1:-} in
  stop) stop "$RUN/slurmctld.pid" slurmctld 20 ;;
  start) start_controller ;;
  *) die "usage: controller.sh stop|start" ;;
esac
