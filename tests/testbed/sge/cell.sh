#!/bin/bash
# A fresh cell: its bootstrap file, the names of this machine, and its first configuration.
set -euo pipefail
. "$(cd "$(dirname "$0")" && pwd)/settings.sh"

mkdir -p "$COMMON" "$SPOOL/qmaster/job_scripts" "$SPOOL/execd"
echo "$SGE_CLUSTER_NAME" >"$COMMON/cluster_name"
echo "$HOST" >"$COMMON/act_qmaster"
# 127.0.0.1 resolves back to localhost and hostname(1) to something else, which Grid Engine takes
# for an intruder unless host_aliases says that they are one machine.
names=$({ hostname; hostname -f; hostname -s; getent hosts "$(hostname)" | cut -d' ' -f2-
  awk '$1 ~ /^127\./ {$1=""; print}' /etc/hosts; } 2>/dev/null |
  tr -s ' \t' '\n\n' | grep -v '^#' | grep -vx "$HOST" | sort -u | tr '\n' ' ' || true)
rm -f "$COMMON/host_aliases"
[ -z "${names// /}" ] || echo "$HOST $names" >"$COMMON/host_aliases"
[ -f "$SPOOL/initialised" ] && exit 0

cat >"$COMMON/bootstrap" <<BOOTSTRAP
admin_user              none
default_domain          none
ignore_fqdn             true
spooling_method         classic
spooling_lib            $SGE_ROOT/lib/$SGE_ARCH/libspoolc
spooling_params         $COMMON;$SPOOL/qmaster
binary_path             $SGE_ROOT/bin
qmaster_spool_dir       $SPOOL/qmaster
security_mode           none
listener_threads        2
worker_threads          2
scheduler_threads       1
BOOTSTRAP
reporting="accounting=true reporting=false flush_time=00:00:01 accounting_flush_time=00:00:00"
sed -e "s#^execd_spool_dir.*#execd_spool_dir        $SPOOL/execd#" \
  -e "s#^mailer.*#mailer                 /bin/true#" \
  -e "s#^shell_start_mode.*#shell_start_mode       unix_behavior#" \
  -e "s#^min_uid.*#min_uid                0#" -e "s#^min_gid.*#min_gid                0#" \
  -e "s#^load_report_time.*#load_report_time       00:00:05#" \
  -e "s#^execd_params.*#execd_params           INHERIT_ENV=false#" \
  -e "s#^reporting_params.*#reporting_params       $reporting joblog=false sharelog=00:00:00#" \
  "$SGE_ROOT/default-configuration" >"$SGE_BASE/log/global.conf"
spoolinit classic "$SGE_ROOT/lib/$SGE_ARCH/libspoolc" "$COMMON;$SPOOL/qmaster" init >/dev/null
spooldefaults configuration "$SGE_BASE/log/global.conf" >/dev/null
spooldefaults complexes "$SGE_ROOT/util/resources/centry" >/dev/null
spooldefaults usersets "$SGE_ROOT/util/resources/usersets" >/dev/null
spooldefaults adminhosts "$HOST" >/dev/null
spooldefaults managers root >/dev/null
touch "$SPOOL/initialised"
