"""Whether somebody listens on a unix socket. Standard library alone: every command asks this first."""

import socket

_LONGEST = 5.0
"""Seconds after which somebody who does not take us in is there all the same."""


def is_heard(path: str) -> bool:
    """Whether somebody listens at ``path``: what a dead process left behind refuses."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.settimeout(_LONGEST)
        try:
            trial.connect(path)
        except (BlockingIOError, TimeoutError):
            return True  # many wait before the door
        except OSError:
            return False
    return True
