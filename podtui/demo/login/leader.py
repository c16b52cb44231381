"""Makes this process lead a session with its standard input as terminal, then becomes a command.

Started as `python -I -S leader.py COMMAND…`; a process of its own, because code between fork and
exec of a threaded program may hang.
"""

import fcntl
import os
import sys
import termios

if __name__ == "__main__":
    if os.getsid(0) != os.getpid():
        os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606
