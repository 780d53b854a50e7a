"""The terminal of this process for a command that runs elsewhere: raw keys in, its size, whatever comes out."""

import asyncio
import os
import signal
import termios
import tty
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from typing import Final

_PART: Final = 1 << 16


@contextmanager
def raw(descriptor: int) -> Iterator[None]:
    """Let every key go on as it is for a block, Ctrl-C as well; afterwards the terminal is as it was."""
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor, termios.TCSADRAIN)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


async def sizes(descriptor: int) -> AsyncGenerator[tuple[int, int], None]:
    """Yield columns and rows of a terminal, now and whenever they change."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGWINCH, changed.set)
    try:
        while True:
            changed.clear()
            yield os.get_terminal_size(descriptor)
            await changed.wait()
    finally:
        loop.remove_signal_handler(signal.SIGWINCH)


async def chunks(descriptor: int) -> AsyncGenerator[bytes, None]:
    """Yield what can be read until the end; one thing is read after the other was taken."""
    while data := await _read(descriptor):
        yield data


async def _read(descriptor: int) -> bytes:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except PermissionError:
        pass  # a file, which never keeps anybody waiting
    else:
        try:
            await ready.wait()
        finally:
            loop.remove_reader(descriptor)
    with suppress(OSError):  # the window was closed: that is the end, too
        return os.read(descriptor, _PART)
    return b""


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything. Raises BrokenPipeError when the reader left."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
