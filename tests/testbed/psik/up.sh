#!/usr/bin/env bash
# Start a real psik_api 1.0.0 on loopback: one over plain HTTP, one behind a UNIX socket, one over
# TLS with client certificates, and one that knows nobody (no TLS, no "local").
# Its packages go into an environment of its own. Stop with down.sh. See tests/testbed/README.md.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
need rc rc
need openssl openssl

install_psik() {
  [ -x "$VENV/bin/uvicorn" ] && [ -x "$VENV/bin/certified" ] && return
  rm -rf "$VENV"
  env -u PYTHONPATH "$PYTHON" -m venv "$VENV" || die "no venv here: apt-get install python3-venv"
  # a newer pydantic fails on import, a newer click breaks certified's command line
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check psik_api==1.0.0 \
    'pydantic==2.11.*' certified==0.10.0 'click<8.2' || die "pip could not install psik_api"
}

write_config() { # write_config FILE AUTHZ
  local slurm=""
  if [ -e "$TESTBED/slurm/login.env" ]; then
    slurm=", \"slurm\": {\"prefix\": \"$STATE/jobs-slurm\", \"backend\": {\"type\": \"slurm\"}}"
  fi
  cat >"$STATE/$1" <<C
{"authz": "$2", "backends": {
  "default": {"prefix": "$STATE/jobs", "backend": {"type": "local"}},
  "second": {"prefix": "$STATE/jobs-second", "backend": {"type": "local"}}$slurm
}}
C
}

make_certificates() { # the server's identity, a client it trusts, and one of somebody else's
  [ -s "$TLS/stranger.crt" ] && return
  rm -rf "$TLS"
  install -d -m 700 "$TLS"
  "$VENV/bin/certified" init --org "podtui testbed" --unit psik --domain localhost \
    --host localhost --host 127.0.0.1 --config "$TLS/server" >"$TLS/server.out" 2>&1
  make_authority ours
  make_authority others
  make_client ours client
  make_client others stranger
  "$VENV/bin/certified" add-client testbed "$TLS/ours.crt" --config "$TLS/server" >>"$TLS/server.out" 2>&1
}

make_authority() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=podtui $1" \
    -keyout "$TLS/$1.key" -out "$TLS/$1.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
}

make_client() { # make_client AUTHORITY NAME
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$TLS/$2.key" -out "$TLS/$2.csr" \
    2>/dev/null
  printf 'extendedKeyUsage=clientAuth\nsubjectAltName=email:%s@testbed\n' "$2" |
    openssl x509 -req -in "$TLS/$2.csr" -CA "$TLS/$1.crt" -CAkey "$TLS/$1.key" -days 3650 \
      -extfile /dev/stdin -out "$TLS/$2.crt" 2>/dev/null
  chmod 600 "$TLS/$2.key"
}

listens() { await 30 "$1" bash -c ": </dev/tcp/127.0.0.1/$2"; }

install -d -m 755 "$TESTBED" "$STATE"
install_psik
write_config open.json local
write_config closed.json psik_api.authz:BaseAuthz
make_certificates
cd "$STATE"
[ ! -e "$TESTBED/slurm/login.env" ] || export "$(cat "$TESTBED/slurm/login.env")"
serve plain open.json uvicorn "$VENV/bin/uvicorn" served:app --host 127.0.0.1 --port "$PSIK_PORT"
serve socket open.json uvicorn "$VENV/bin/uvicorn" served:app --uds "$SOCKET"
serve closed closed.json uvicorn "$VENV/bin/uvicorn" served:app --host 127.0.0.1 \
  --port "$PSIK_CLOSED_PORT"
serve tls closed.json certified "$VENV/bin/certified" serve --config "$TLS/server" served:app \
  "https://127.0.0.1:$PSIK_TLS_PORT"
listens "psik_api" "$PSIK_PORT"
listens "psik_api without TLS" "$PSIK_CLOSED_PORT"
listens "psik_api over TLS" "$PSIK_TLS_PORT"
await 30 "psik_api's socket" test -S "$SOCKET"
say "psik_api is up: http://127.0.0.1:$PSIK_PORT, $SOCKET, https://127.0.0.1:$PSIK_TLS_PORT"
