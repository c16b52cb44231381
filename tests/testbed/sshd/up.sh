#!/usr/bin/env bash
# Start an OpenSSH server on loopback for the users of the testbeds, logging in with one key.
# A login gets the variables of every testbed that is up: what its login.env names.
# Stop with down.sh; start it anew after another testbed came up. See tests/testbed/README.md.
set -euo pipefail
. "$(dirname "$0")/../common.sh"
need_root
need openssh-server sshd ssh-keygen
STATE=$TESTBED/sshd PORT=${SSHD_PORT:-6822}
cd /

make_keys() {
  local name
  install -d -m 755 "$STATE" /run/sshd
  for name in host_key id_ed25519; do
    [ -s "$STATE/$name" ] || ssh-keygen -q -t ed25519 -N "" -C "podtui testbed" -f "$STATE/$name"
  done
  install -m 644 "$STATE/id_ed25519.pub" "$STATE/authorized_keys"
  echo "[127.0.0.1]:$PORT $(cut -d' ' -f1,2 "$STATE/host_key.pub")" >"$STATE/known_hosts"
}

login_variables() { # all in one line: of several SetEnv lines sshd takes the first
  local line
  line=$(cat "$TESTBED"/*/login.env 2>/dev/null | tr '\n' ' ')
  [ -z "$line" ] || echo "SetEnv $line"
}

write_sshd_config() {
  cat <<C
Port $PORT
ListenAddress 127.0.0.1
HostKey $STATE/host_key
PidFile none
AuthorizedKeysFile $STATE/authorized_keys
# its folder may stand under a /tmp everybody can write to
StrictModes no
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
UsePAM no
PrintMotd no
Subsystem sftp internal-sftp
C
  login_variables
}

make_users
make_keys
write_sshd_config >"$STATE/sshd_config"
sshd -t -f "$STATE/sshd_config"
start "$STATE/sshd.pid" "$STATE/sshd.log" sshd /usr/sbin/sshd -D -e -f "$STATE/sshd_config"
await 10 sshd bash -c ": </dev/tcp/127.0.0.1/$PORT"
say "sshd is up: ssh -p $PORT -i $STATE/id_ed25519 \
-o UserKnownHostsFile=$STATE/known_hosts alice@127.0.0.1"
