"""Services that no supervisor likes: ``hostile.py KIND``. Who loses the mark in its environment notes itself before.

What never ends by itself ends after LIFE seconds, so that a broken promise cannot haunt a machine.
"""

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Callable

LIFE = 120.0
PR_SET_NAME = 15


def note() -> None:
    """Append this process to the notes; one write is whole."""
    with open(os.environ["DRILL_PIDS"], "a") as notes:
        notes.write(f"{os.getpid()}\n")


def play() -> None:
    """Tell, once for each kind, that its last process plays its part."""
    with open(os.path.join(os.path.dirname(os.environ["DRILL_PIDS"]), "playing"), "a") as notes:
        notes.write(f"{sys.argv[1]}\n")


def rest() -> None:
    """Sleep, whatever wakes us."""
    end = time.monotonic() + LIFE
    while time.monotonic() < end:
        time.sleep(1)


def perform() -> None:
    """Be the one that is hard to end."""
    play()
    rest()


def child(work: Callable[[], None]) -> int:
    """Fork a child that does its work and ends."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    return pid


def ignore() -> None:
    """Hear nothing of SIGTERM, SIGINT and SIGHUP."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def leave() -> None:
    """Lead a session of our own and hear nothing."""
    os.setsid()
    ignore()


def deaf() -> None:
    """Ignore SIGTERM, and so does the child."""
    ignore()
    child(perform)
    rest()


def own_session() -> None:
    """Have a child in a session of its own."""

    def work() -> None:
        leave()
        perform()

    child(work)
    rest()


def _twice(work: Callable[[], None]) -> None:
    """Fork twice: the parent of who works is gone at once."""

    def middle() -> None:
        child(work)

    os.waitpid(child(middle), 0)


def forked_twice() -> None:
    """Have a grandchild whose parent is gone."""

    def work() -> None:
        ignore()
        perform()

    _twice(work)
    rest()


def daemon() -> None:
    """Have a true daemon: forked twice, a session of its own, nothing in its environment."""

    def work() -> None:
        leave()
        note()
        play()
        os.execve("/bin/sleep", ["sleep", str(int(LIFE))], {})

    _twice(work)


def with_daemon() -> None:
    """Stay beside a daemon."""
    daemon()
    rest()


def holds_stdout() -> None:
    """Have a daemon that holds our output open and writes to it."""

    def work() -> None:
        leave()
        play()
        end = time.monotonic() + LIFE
        while time.monotonic() < end:
            print("still here", flush=True)
            time.sleep(0.2)

    _twice(work)
    rest()


def stopped() -> None:
    """Stop ourselves, and the child too."""
    child(lambda: os.kill(os.getpid(), signal.SIGSTOP))
    play()
    os.kill(os.getpid(), signal.SIGSTOP)
    rest()


def revivers() -> None:
    """Be two that start each other anew as soon as one ends."""
    ignore()
    end = time.monotonic() + LIFE
    while time.monotonic() < end:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:  # wait for the parent's end, then be the parent
            os.setsid()
            os.close(writing)
            play()
            os.read(reading, 1)
            os.close(reading)
            continue
        os.close(reading)
        os.waitpid(pid, 0)  # the child was killed: have another one
        os.close(writing)


def relay() -> None:
    """Have a runner that hands on to a new process all the time: its number is never the same for long."""

    def work() -> None:
        leave()
        play()
        end = time.monotonic() + LIFE
        while time.monotonic() < end:
            time.sleep(0.02)
            if os.fork():
                os._exit(0)

    child(work)
    rest()


def renamed() -> None:
    """Have a child under another name, one that looks like the kernel's own words about a process."""

    def work() -> None:
        leave()
        ctypes.CDLL(None).prctl(PR_SET_NAME, b"x) Z 1 1 (y\n", 0, 0, 0)
        perform()

    _twice(work)
    rest()


def listening() -> None:
    """Let a grandchild of its own session hold the port."""

    def work() -> None:
        leave()
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind((os.environ["HOST"], int(os.environ["PORT"])))
            door.listen()
            perform()

    _twice(work)
    rest()


KINDS = {
    "deaf": deaf,
    "own-session": own_session,
    "forked-twice": forked_twice,
    "with-daemon": with_daemon,
    "left-a-daemon": daemon,
    "holds-stdout": holds_stdout,
    "stopped": stopped,
    "revivers": revivers,
    "relay": relay,
    "renamed": renamed,
    "listening": listening,
}

if __name__ == "__main__":
    KINDS[sys.argv[1]]()
