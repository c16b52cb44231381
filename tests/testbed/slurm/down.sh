#!/usr/bin/env bash
# Stop what up.sh started, by recorded pid; jobs first, for slurmstepd outlives slurmd.
# WIPE=1 also removes its folder.
set -uo pipefail
. "$(dirname "$0")/settings.sh"
need_root
cd /

unfinished() { timeout 10 squeue -h -t R,CG,S,CF -o %i 2>/dev/null | head -1; }

cancel_jobs() {
  running "$RUN/slurmctld.pid" slurmctld || return
  [ -n "$(unfinished)" ] || return
  timeout 60 scancel --user=alice 2>/dev/null
  timeout 60 scancel --user=bob 2>/dev/null
  timeout 60 scancel --user=carol 2>/dev/null
  local tries=100
  while [ -n "$(unfinished)" ] && [ $((tries--)) -gt 0 ]; do sleep .1; done
}

# A step that outlived its slurmd is ours when its environment names our configuration.
kill_steps() {
  local folder
  for folder in /proc/[0-9]*; do
    [ "$(cat "$folder/comm" 2>/dev/null)" = slurmstepd ] || continue
    grep -zqx "SLURM_CONF=$SLURM_CONF" "$folder/environ" 2>/dev/null || continue
    pkill -KILL -P "${folder#/proc/}"
    kill -KILL "${folder#/proc/}" 2>/dev/null
  done
}

cancel_jobs
stop "$RUN/slurmrestd.pid" slurmrestd 5
for number in $(seq "$NODES"); do stop "$RUN/slurmd-n$number.pid" slurmd 10; done
kill_steps
stop "$RUN/slurmctld.pid" slurmctld 20
stop "$RUN/slurmdbd.pid" slurmdbd 20
stop "$RUN/mariadbd.pid" mariadbd 30
stop "$RUN/munged.pid" munged 5
rm -f "$STATE/login.env"
if [ "${WIPE:-0}" = 1 ]; then rm -rf "$STATE"; fi
exit 0
