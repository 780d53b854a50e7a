"""The descriptors of a launch: pipes, or a terminal of the size that the environment tells."""

import contextlib
import fcntl
import os
import struct
import termios
from collections.abc import Mapping

from msgspec import Struct

from homeport.ports.runtime import Launch

SPARE = 10
"""Descriptors that programs leave to Homeport itself: to read the stack file again, to answer a client, to write a file."""


class Plumbing(Struct, frozen=True):
    """``ours`` are read by Homeport (out, err; or the terminal alone), ``theirs`` go to the program."""

    ours: tuple[int, ...]
    theirs: tuple[int, ...]


def plumb(launch: Launch) -> Plumbing:
    """Open what a launch writes to. Raises OSError when too much is open, or would be with this launch."""
    plumbing = _terminal(launch.env) if launch.tty else _pipes()
    try:
        _demand_spare(plumbing.ours[0])
    except OSError:
        for fd in (*plumbing.ours, *plumbing.theirs):
            os.close(fd)
        raise
    return plumbing


def _demand_spare(fd: int) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(SPARE):
            held.callback(os.close, os.dup(fd))


def _pipes() -> Plumbing:
    out, out_end = os.pipe()
    try:
        err, err_end = os.pipe()
    except OSError:
        os.close(out)
        os.close(out_end)
        raise
    return Plumbing(ours=(out, err), theirs=(out_end, err_end))


def _terminal(env: Mapping[str, str]) -> Plumbing:
    ours, theirs = os.openpty()
    rows, columns = _number(env.get("LINES"), 24), _number(env.get("COLUMNS"), 80)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    modes = termios.tcgetattr(theirs)
    modes[1] &= ~termios.ONLCR  # lines end as they do in a pipe
    termios.tcsetattr(theirs, termios.TCSANOW, modes)
    return Plumbing(ours=(ours,), theirs=(theirs,))


def _number(text: str | None, default: int) -> int:
    number = int(text) if text is not None and text.isascii() and text.isdigit() else default
    return number if 0 < number < 65536 else default
