# Write slurm.conf and its neighbours into $ETC; sourced by up.sh.
# No cgroups, no systemd, no PAM: jobs are plain processes of plain users.
write_slurm_conf() {
  cat <<C
ClusterName=testbed
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$CONTROLLER_PORT
SlurmUser=slurm
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$MUNGE_SOCKET
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=$ETC/jwt_hs256.key
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$STATE/controller
SlurmdSpoolDir=$STATE/spool/%n
SlurmctldPidFile=$RUN/slurm/slurmctld.pid
SlurmdPidFile=$RUN/slurm/slurmd-%n.pid
SlurmctldLogFile=$LOG/slurm/slurmctld.log
SlurmdLogFile=$LOG/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
MailProg=/bin/true
# make-believe nodes: believe this file, not the hardware
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
SlurmdTimeout=300
InactiveLimit=0
KillWait=2
MinJobAge=300
MaxJobCount=120000
MaxArraySize=60001
Licenses=matlab:1
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,sched_min_interval=100000
PriorityType=priority/multifactor
PriorityWeightAge=1000
DefMemPerCPU=100
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$DATABASE_PORT
# no password: for slurmdbd the clients take munge's socket from here, not from AuthInfo
AccountingStoragePass=$MUNGE_SOCKET
AccountingStoreFlags=job_comment
C
  local number
  for number in $(seq "$NODES"); do
    echo "NodeName=n$number NodeHostname=localhost NodeAddr=127.0.0.1" \
      "Port=$((NODE_PORT + number)) CPUs=$NODE_CPUS Boards=1 SocketsPerBoard=1" \
      "CoresPerSocket=$NODE_CPUS ThreadsPerCore=1 RealMemory=$NODE_MEMORY State=UNKNOWN"
  done
  cat <<C
PartitionName=debug Nodes=n[1-$NODES] Default=YES MaxTime=1:00:00 DefaultTime=10:00 State=UP
PartitionName=batch Nodes=n[1-$NODES] MaxTime=2-00:00:00 DefaultTime=1:00:00 State=UP
PartitionName=closed Nodes=n1 MaxTime=1:00:00 State=DOWN
C
}

write_slurmdbd_conf() {
  cat <<C
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$DATABASE_PORT
SlurmUser=slurm
AuthType=auth/munge
AuthInfo=socket=$MUNGE_SOCKET
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=$ETC/jwt_hs256.key
CommunicationParameters=NoInAddrAny
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StorageLoc=slurm_acct_db
LogFile=$LOG/slurm/slurmdbd.log
PidFile=$RUN/slurm/slurmdbd.pid
C
}

make_folders() {
  install -d -m 755 "$STATE" "$ETC" "$RUN" "$LOG" "$STATE/spool"
  install -d -m 755 -o munge -g munge "$RUN/munge"
  install -d -m 700 -o munge -g munge "$ETC/munge" "$LOG/munge" "$STATE/munge"
  install -d -m 755 -o slurm -g slurm "$STATE/controller" "$LOG/slurm" "$RUN/slurm"
  install -d -m 755 -o mysql -g mysql "$RUN/mysql"
  local number
  for number in $(seq "$NODES"); do install -d -m 755 "$STATE/spool/n$number"; done
}

make_key() { # make_key FILE BYTES OWNER: random bytes only the daemon reads; kept when there
  [ -s "$1" ] || (umask 077 && head -c "$2" /dev/urandom >"$1")
  chown "$3:$3" "$1"
  chmod 600 "$1"
}

configure() {
  make_folders
  make_key "$ETC/munge/munge.key" 128 munge
  make_key "$ETC/jwt_hs256.key" 32 slurm
  write_slurm_conf >"$ETC/slurm.conf"
  write_slurmdbd_conf >"$ETC/slurmdbd.conf"
  chown slurm:slurm "$ETC/slurmdbd.conf"
  chmod 600 "$ETC/slurmdbd.conf"
  # autodetection ends slurmd where no cgroups are mounted: name a version, use none of it
  printf 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n' >"$ETC/cgroup.conf"
  echo "SLURM_CONF=$SLURM_CONF" >"$STATE/login.env"
}
