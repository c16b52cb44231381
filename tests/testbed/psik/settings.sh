# Where this psik_api lives, and its ports; sourced by the scripts beside it.
PYTHON=${PYTHON:-$(command -v python3)}
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/../common.sh"
STATE=$TESTBED/psik VENV=$TESTBED/psik/venv TLS=$TESTBED/psik/tls
PSIK_PORT=${PSIK_PORT:-6840} PSIK_TLS_PORT=${PSIK_TLS_PORT:-6841}
PSIK_CLOSED_PORT=${PSIK_CLOSED_PORT:-6842}
SOCKET=$STATE/psik.sock

serve() { # serve NAME CONFIG COMMAND argv...: one server with its own configuration
  start "$STATE/$1.pid" "$STATE/$1.log" "$3" env PATH="$VENV/bin:$PATH" VIRTUAL_ENV="$VENV" \
    PSIK_API_CONFIG="$STATE/$2" PYTHONPATH="$HERE" "${@:4}"
}
