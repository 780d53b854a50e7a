"""A well-meaning service with a child: it listens on PORT, and it notes its process, its port and any second copy of it.

``listener.py [deaf]``: with ``deaf``, it and its child ignore SIGTERM.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time


def note(file: str, word: object) -> None:
    """Append a word to a file of the round; one write is whole."""
    with open(os.path.join(os.path.dirname(os.environ["DRILL_PIDS"]), file), "a") as notes:
        notes.write(f"{word}\n")


def alone() -> int:
    """Hold a lock of this service's name for as long as we live; note a clash when another copy lives."""
    name = os.environ["HOMEPORT_SERVICE"]
    lock = os.open(os.path.join(os.path.dirname(os.environ["DRILL_PIDS"]), f"{name}.copy"), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note("clashes", f"{name}:{os.getpid()}")
    return lock


deaf = sys.argv[1:] == ["deaf"]
note("pids", os.getpid())
note("mains", os.getpid())
if deaf:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
held = alone()
child = subprocess.Popen(["sleep", "1000"])
note("pids", child.pid)
port = int(os.environ.get("PORT", "0"))
note("ports", port)
with socket.socket() as door:
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((os.environ.get("HOST", "127.0.0.1"), port))
    door.listen()
    while True:
        time.sleep(1000)
