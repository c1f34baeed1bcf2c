"""Become a server: `launch.py PARENT SIGNAL UID GID COMMAND…`, run as a script of its own.

The kernel sends SIGNAL to the server when PARENT dies. This is a program and not a function that
runs between fork and exec, because a process with threads must do nothing in between.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, number: int, uid: int, gid: int, command: list[str]) -> None:
    """Drop to `uid` and `gid` where they are not -1, follow the parent, execute the command."""
    if uid != -1:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After the change of user, which makes the kernel forget it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            sys.exit("the process that wanted this server has ended")
    os.execv(command[0], command)  # noqa: S606 - the stack's own command line.


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:5]), command=sys.argv[5:])
