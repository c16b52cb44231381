#!/bin/bash
# Debian's Grid Engine packages, unpacked and not installed: nothing under /usr is touched, and
# another package's qsub (slurm-wlm-torque conflicts with gridengine-client) may live beside them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/settings.sh"
PACKAGES="gridengine-client gridengine-common gridengine-exec gridengine-master
  libjemalloc2 libhwloc15 libmunge2 libtirpc3 libdb5.3"
[ -x "$SGE_ROOT/bin/$SGE_ARCH/sge_qmaster" ] && exit 0

mkdir -p "$SGE_BASE"/{debs,unpacked,log,home}
cd "$SGE_BASE/debs"
for package in $PACKAGES; do
  ls "${package}"_*.deb >/dev/null 2>&1 || apt-get download -q "$package" >/dev/null
  dpkg -x "${package}"_*.deb "$SGE_BASE/unpacked"
done

from=$SGE_BASE/unpacked
mkdir -p "$SGE_ROOT"/{bin,lib,utilbin}/"$SGE_ARCH"
bin=$SGE_ROOT/bin/$SGE_ARCH lib=$SGE_ROOT/lib/$SGE_ARCH
cp -a "$from"/usr/lib/gridengine/. "$bin/"
mv "$bin"/libspool*.so "$lib/"
for wrapped in spooldefaults spooledit; do mv -f "$bin/$wrapped.bin" "$bin/$wrapped"; done
find "$from/usr/lib/x86_64-linux-gnu" -name '*.so*' -exec cp -a {} "$lib/" \;
rmdir "$SGE_ROOT/utilbin/$SGE_ARCH" && ln -s "../bin/$SGE_ARCH" "$SGE_ROOT/utilbin/$SGE_ARCH"
cp -a "$from"/usr/share/gridengine/{util,default-configuration} "$SGE_ROOT/"
# Debian compiled in dlopen("/usr/lib/gridengine/" + spooling_lib + ".so"); with the folder taken
# out of the format (padded to the same length) spooling_lib may be an absolute path.
for program in spoolinit spooldefaults spooledit sge_qmaster; do
  perl -0777 -pi -e 's{/usr/lib/gridengine/%s%s}{"%s%s" . ("\0" x 20)}ge' "$bin/$program"
done
gcc -shared -fPIC -O1 -o "$SGE_BASE/loopback.so" "$here/loopback.c" -ldl
