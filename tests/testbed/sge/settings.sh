# Where the private Grid Engine lives and what it is called; sourced by every script here.
SGE_BASE=${SGE_BASE:-${TMPDIR:-/tmp}/podtui-testbed/sge}
SGE_USERS=${SGE_USERS:-geuser1 geuser2}
SGE_SLOTS=${SGE_SLOTS:-4}
SGE_QUEUE=all.q
export SGE_ROOT=$SGE_BASE/root SGE_CELL=default SGE_ARCH=lx-amd64
export SGE_QMASTER_PORT=${SGE_QMASTER_PORT:-16444} SGE_EXECD_PORT=${SGE_EXECD_PORT:-16445}
export SGE_CLUSTER_NAME=p$SGE_QMASTER_PORT
export PATH=$SGE_ROOT/bin/$SGE_ARCH:$PATH
COMMON=$SGE_ROOT/$SGE_CELL/common
SPOOL=$SGE_ROOT/$SGE_CELL/spool
HOST=localhost # the one name of this machine inside Grid Engine

alive() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }
