"""Runs a command as root where no further user namespace can be made, as in many containers.

It enters a namespace in which every user keeps its number, and forbids new ones there.
"""

import ctypes
import os
import sys
from pathlib import Path

NEW_USER_NAMESPACE = 0x10000000


def main() -> None:
    """Enter, forbid, and become the command."""
    entered, tell = os.pipe()
    process = os.getpid()
    helper = os.fork()
    if helper == 0:  # only a process outside may map more than one user
        os.read(entered, 1)
        for file in ("uid_map", "gid_map"):
            Path(f"/proc/{process}", file).write_text("0 0 65536")
        os._exit(0)
    if ctypes.CDLL(None).unshare(NEW_USER_NAMESPACE) != 0:
        os.kill(helper, 9)
        sys.exit("no user namespace can be made here at all")
    os.write(tell, b".")
    if os.waitpid(helper, 0)[1] != 0:
        sys.exit("users cannot be mapped")
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
