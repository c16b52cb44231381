#!/bin/bash
# as.sh USER COMMAND…: run it as a user of the testbed, in the user's home, with Grid Engine's tools.
. "$(cd "$(dirname "$0")" && pwd)/settings.sh"
user=$1
shift
home=$SGE_BASE/home/$user
cd "$home" && exec setpriv --reuid "$user" --regid "$user" --init-groups env -i \
  HOME="$home" USER="$user" LOGNAME="$user" SHELL=/bin/bash TZ="${TZ:-}" LC_ALL=C \
  PATH="$SGE_ROOT/bin/$SGE_ARCH:/usr/bin:/bin" \
  SGE_ROOT="$SGE_ROOT" SGE_CELL="$SGE_CELL" SGE_QMASTER_PORT="$SGE_QMASTER_PORT" \
  SGE_EXECD_PORT="$SGE_EXECD_PORT" "$@"
