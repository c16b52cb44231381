#!/usr/bin/env bash
# Stop the testbeds' sshd, by recorded pid, and the logins it still serves.
set -uo pipefail
. "$(dirname "$0")/../common.sh"
need_root
STATE=$TESTBED/sshd
if running "$STATE/sshd.pid" sshd; then pkill -TERM -P "$(cat "$STATE/sshd.pid")"; fi
stop "$STATE/sshd.pid" sshd 5
if [ "${WIPE:-0}" = 1 ]; then rm -rf "$STATE"; fi
exit 0
