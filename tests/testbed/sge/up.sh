#!/bin/bash
# A private Grid Engine on one machine, on loopback, for the live tests. As root; run it again at
# any time. Jobs run as the users of $SGE_USERS. Settings: settings.sh. Stop it with down.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/settings.sh"
shared_group=gegroup # both users are in it; neither's jobs run under it

"$here/unpack.sh"
getent hosts "$(hostname)" >/dev/null || {
  echo "this machine's name, $(hostname), must resolve: put it in /etc/hosts" >&2
  exit 1
}
getent group $shared_group >/dev/null || groupadd $shared_group
for user in $SGE_USERS; do # "*": no password works, and sshd does not call it locked
  id "$user" >/dev/null 2>&1 ||
    useradd -M -d "$SGE_BASE/home/$user" -s /bin/bash -U -G $shared_group -p '*' "$user"
  install -d -o "$user" -g "$user" -m 755 "$SGE_BASE/home/$user"
done
"$here/cell.sh"
for name in SGE_ROOT SGE_CELL SGE_ARCH SGE_QMASTER_PORT SGE_EXECD_PORT; do
  echo "$name=${!name}"
done >"$SGE_BASE/login.env" # what a login needs, besides $SGE_ROOT/bin/$SGE_ARCH on its PATH

if ! alive "$SPOOL/qmaster/qmaster.pid"; then
  LD_PRELOAD=$SGE_BASE/loopback.so sge_qmaster </dev/null >"$SGE_BASE/log/qmaster.out" 2>&1
fi
for _ in $(seq 100); do qconf -sh >/dev/null 2>&1 && break; sleep 0.1; done
qconf -sh >/dev/null || { tail -5 "$SPOOL/qmaster/messages" >&2; exit 1; }

has() { qconf "$1" 2>/dev/null | grep -qx -- "$2"; }
has -ss $HOST || qconf -as $HOST
has -sel $HOST || qconf -Ae "$here/exechost.conf"
has -shgrpl @allhosts || qconf -Ahgrp "$here/hostgroup.conf"
has -spl smp || qconf -Ap "$here/pe.conf"
edited=$(mktemp)
sed "s/^slots .*/slots                 $SGE_SLOTS/" "$here/queue.conf" >"$edited"
has -sql $SGE_QUEUE || qconf -Aq "$edited"
qconf -ssconf | sed -e 's/^schedule_interval .*/schedule_interval 0:0:1/' \
  -e 's/^flush_submit_sec .*/flush_submit_sec 1/' -e 's/^flush_finish_sec .*/flush_finish_sec 1/' \
  -e 's/^schedd_job_info .*/schedd_job_info true/' >"$edited"
qconf -Msconf "$edited" >/dev/null
rm -f "$edited"

if ! alive "$SPOOL/execd/$HOST/execd.pid"; then
  LD_PRELOAD=$SGE_BASE/loopback.so sge_execd </dev/null >"$SGE_BASE/log/execd.out" 2>&1
fi
# Ready when the queue's host has told its load: no state column, a number for the load.
ready='index($1, q "@") == 1 && $4 != "-NA-" && NF < 6 {ok = 1} END {exit !ok}'
for _ in $(seq 300); do
  qstat -f 2>/dev/null | awk -v q="$SGE_QUEUE" "$ready" && { echo "Grid Engine is up"; exit 0; }
  sleep 0.1
done
qstat -f >&2
exit 1
