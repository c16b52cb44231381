# Where this Slurm lives, and its ports; sourced by the scripts beside it.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/../common.sh"
STATE=$TESTBED/slurm ETC=$TESTBED/slurm/etc RUN=$TESTBED/slurm/run LOG=$TESTBED/slurm/log
CONTROLLER_PORT=${CONTROLLER_PORT:-6817} DATABASE_PORT=${DATABASE_PORT:-6819}
REST_PORT=${REST_PORT:-6820} NODE_PORT=${NODE_PORT:-6830}
NODES=4 NODE_CPUS=8 NODE_MEMORY=8000
MUNGE_SOCKET=$RUN/munge/munge.socket.2 DB_SOCKET=$RUN/mysql/mysqld.sock
export SLURM_CONF=$ETC/slurm.conf

own_name=()
if unshare --uts true 2>/dev/null; then own_name=("$HERE/own-host-name.sh"); fi

start_controller() {
  start "$RUN/slurmctld.pid" "$LOG/slurmctld.out" slurmctld \
    "${own_name[@]}" env SLURM_CONF="$SLURM_CONF" slurmctld -D
  await 60 slurmctld sh -c 'scontrol ping | grep -q "is UP"'
}
