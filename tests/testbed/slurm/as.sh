#!/usr/bin/env bash
# as.sh USER COMMAND...: run a command as a test user, at home, with this Slurm's configuration.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
need_root
[ -e "$STATE/login.env" ] || die "Slurm is not up: $HERE/up.sh"
user=$1
shift
cd "$TESTBED/home/$user"
exec setpriv --reuid="$user" --regid="$user" --init-groups \
  env -i HOME="$TESTBED/home/$user" USER="$user" LOGNAME="$user" LANG=C.UTF-8 PATH=/usr/bin:/bin \
  SLURM_CONF="$SLURM_CONF" "$@"
