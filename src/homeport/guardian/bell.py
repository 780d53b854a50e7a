"""A descriptor that becomes readable when a child has ended, so that one ``poll`` waits for everything."""

import os
import signal


def ring_at_children() -> int:
    """Return the descriptor."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # Python writes to the descriptor only for signals with a handler
    return reading


def hush(bell: int) -> None:
    """Make it wait for the next ending."""
    try:
        while os.read(bell, 4096):
            pass
    except BlockingIOError:
        return
