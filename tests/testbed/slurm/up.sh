#!/usr/bin/env bash
# Start a real Slurm on this Debian machine: munged, mariadbd, slurmdbd, slurmctld, four slurmd
# that share the machine as nodes n1 to n4, and slurmrestd. As root, without systemd, on loopback.
# What runs already is left alone. Stop with down.sh. See tests/testbed/README.md.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
. "$HERE/configure.sh"
need_root
need "slurmctld slurmd slurm-client slurmrestd slurm-wlm-jwt-plugin munge slurmdbd \
slurm-wlm-mysql-plugin mariadb-server" munged mariadbd slurmdbd slurmctld slurmd slurmrestd sbatch
cd /

as_user() { setpriv --reuid="$1" --regid="$1" --init-groups "${@:2}"; }

check_loopback() {
  [ "${#own_name[@]}" -gt 0 ] ||
    [ "$(getent ahostsv4 "$(hostname)" | awk 'NR==1{print $1}')" = 127.0.0.1 ] ||
    die "no UTS namespaces, and $(hostname) is not 127.0.0.1: say so in /etc/hosts"
  # glibc answers no IPv4 name where 127.0.0.1 is the only address: a second one mends it
  if command -v ip >/dev/null && ! ip -4 -o addr | grep -qv ' 127\.0\.0\.1/'; then
    ip addr add 127.0.0.2/8 dev lo
  fi
}

start_munge() {
  start "$RUN/munged.pid" "$LOG/munged.out" munged \
    setpriv --reuid=munge --regid=munge --init-groups munged --foreground --num-threads=4 \
    --key-file="$ETC/munge/munge.key" --socket="$MUNGE_SOCKET" --origin=127.0.0.1 \
    --pid-file="$RUN/munge/munged.pid" --log-file="$LOG/munge/munged.log" \
    --seed-file="$STATE/munge/munge.seed"
  await 30 munged munge -n -S "$MUNGE_SOCKET"
}

start_database() {
  local data=$STATE/mysql
  if [ ! -d "$data/mysql" ]; then
    rm -rf "$data"
    install -d -m 700 -o mysql -g mysql "$data"
    mariadb-install-db --no-defaults --user=mysql --datadir="$data" --skip-test-db \
      --auth-root-authentication-method=socket --innodb-log-file-size=16M \
      >"$LOG/mysql-install.out" 2>&1 || die "see $LOG/mysql-install.out"
  fi
  start "$RUN/mariadbd.pid" "$LOG/mariadbd.out" mariadbd \
    mariadbd --no-defaults --user=mysql --datadir="$data" --socket="$DB_SOCKET" \
    --pid-file="$RUN/mysql/mysqld.pid" --skip-networking --skip-log-bin \
    --innodb-log-file-size=16M --innodb-buffer-pool-size=256M --innodb-lock-wait-timeout=900 \
    --innodb-flush-log-at-trx-commit=0 --performance-schema=OFF
  await 60 mariadbd mariadb-admin --no-defaults --socket="$DB_SOCKET" ping
  mariadb --no-defaults --socket="$DB_SOCKET" -e "CREATE DATABASE IF NOT EXISTS slurm_acct_db;
    CREATE USER IF NOT EXISTS slurm@localhost IDENTIFIED VIA unix_socket;
    GRANT ALL ON slurm_acct_db.* TO slurm@localhost;"
}

start_accounting() {
  start "$RUN/slurmdbd.pid" "$LOG/slurmdbd.out" slurmdbd "${own_name[@]}" \
    env MYSQL_UNIX_PORT="$DB_SOCKET" SLURM_CONF="$SLURM_CONF" slurmdbd -D
  await 60 slurmdbd sacctmgr -n list cluster
  if ! sacctmgr -n -P list user format=user | grep -qx bob; then
    sacctmgr -i add cluster testbed >/dev/null || true
    sacctmgr -i add account proj1,proj2 Organization=testbed >/dev/null
    sacctmgr -i add user alice Account=proj1,proj2 DefaultAccount=proj1 >/dev/null
    sacctmgr -i add user bob Account=proj2 >/dev/null
  fi
  sacctmgr -n -P list user format=user | grep -qx carol ||
    sacctmgr -i add user carol Account=proj2 >/dev/null
}

start_nodes() {
  local number
  for number in $(seq "$NODES"); do
    start "$RUN/slurmd-n$number.pid" "$LOG/slurmd-n$number.out" slurmd \
      "${own_name[@]}" env SLURM_CONF="$SLURM_CONF" slurmd -D -N "n$number"
  done
  await 60 "four nodes" sh -c \
    '[ "$(sinfo -h -N -p debug -o %T | grep -cE "^(idle|mixed|allocated|completing)$")" = 4 ]'
}

start_rest() {
  id slurmrest >/dev/null 2>&1 ||
    useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin --user-group slurmrest
  start "$RUN/slurmrestd.pid" "$LOG/slurmrestd.out" slurmrestd "${own_name[@]}" \
    setpriv --reuid=slurmrest --regid=slurmrest --init-groups \
    env -i PATH="$PATH" SLURM_CONF="$SLURM_CONF" SLURM_JWT=daemon \
    slurmrestd -a rest_auth/jwt "127.0.0.1:$REST_PORT"
  await 60 slurmrestd bash -c ": </dev/tcp/127.0.0.1/$REST_PORT"
}

make_users
configure
check_loopback
start_munge
start_database
start_accounting
start_controller
start_nodes
start_rest
say "Slurm is up: $HERE/as.sh alice squeue"
