# What the testbeds share: where they live, and daemons started, found and stopped by pid.
# Sourced, never run. Everything lives under $PODTUI_TESTBED; nothing listens outside loopback.
TESTBED=${PODTUI_TESTBED:-${TMPDIR:-/tmp}/podtui-testbed}
USERS=(alice bob carol)
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

say() { echo "testbed: $*" >&2; }
die() { say "$*"; exit 1; }

need_root() { [ "$(id -u)" = 0 ] || die "run as root: users, munge and slurmd need it"; }

need() { # need PACKAGES COMMAND...
  local packages=$1 command
  shift
  for command; do
    command -v "$command" >/dev/null ||
      die "no $command here: apt-get install --no-install-recommends $packages"
  done
}

make_users() { # ordinary users; "*" is no password, yet not the "!" that locks out keys
  local user home
  install -d -m 755 "$TESTBED" "$TESTBED/home"
  for user in "${USERS[@]}"; do
    home=$TESTBED/home/$user
    id "$user" >/dev/null 2>&1 ||
      useradd --home-dir "$home" --no-create-home --shell /bin/bash --user-group "$user"
    [ "$(getent passwd "$user" | cut -d: -f6)" = "$home" ] || usermod --home "$home" "$user"
    usermod --password '*' "$user"
    install -d -m 755 -o "$user" -g "$user" "$home"
  done
}

# running PIDFILE COMMAND: whether the recorded pid is still that command (and no zombie)
running() {
  local pid stat
  pid=$(cat "$1" 2>/dev/null) && stat=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ] && [[ ${stat##*) } != Z* ]]
}

# start PIDFILE LOG COMMAND argv...: detached, in its own session; nothing when it runs already.
# COMMAND is the name of the daemon that argv becomes.
start() {
  local pidfile=$1 log=$2 command=$3
  shift 3
  running "$pidfile" "$command" && return
  setsid -f bash -c 'echo $$ >"$1"; shift; exec "$@"' _ "$pidfile" "$@" >>"$log" 2>&1 </dev/null
  say "started $command"
}

# stop PIDFILE COMMAND SECONDS: TERM, then KILL when it takes longer
stop() {
  local pid tries=$(($3 * 20))
  if running "$1" "$2"; then
    pid=$(cat "$1")
    kill -TERM "$pid"
    while running "$1" "$2" && [ $((tries--)) -gt 0 ]; do sleep .05; done
    if running "$1" "$2"; then say "$2 needed SIGKILL"; kill -KILL "$pid"; fi
    say "stopped $2"
  fi
  rm -f "$1"
}

# await SECONDS WHAT command...: until the command succeeds
await() {
  local tries=$(($1 * 20)) what=$2
  shift 2
  until timeout 5 "$@" >/dev/null 2>&1; do
    [ $((tries--)) -gt 0 ] || die "timed out waiting for $what; see the logs in $TESTBED"
    sleep .05
  done
}
