"""One run as the guardian knows it."""

from .frames import MARK

FIRST_PAUSE = 0.002
"""Seconds until the first second look at what a command left."""


class Launch:
    """A started command and what is known about everything that it started.

    ``alive``: the command itself has not ended. ``kin``: the others, process id to start time, as last seen, and ``groups``:
    the groups in which they were seen and that still have members. ``blank``: looks in a row that saw nobody. ``inherited``: a
    former guardian started it, so it is not our child. While it is being ended, ``deadline`` says when it will be killed and
    ``due`` when it is looked at next, in monotonic seconds.
    """

    __slots__ = (
        "alive",
        "asked",
        "blank",
        "deadline",
        "due",
        "groups",
        "id",
        "inherited",
        "kin",
        "mark",
        "pause",
        "pid",
        "signal",
        "start",
        "stop",
    )

    def __init__(self, id_: bytes, pid: int, start: int, stop: int, mark: bytes, *, inherited: bool = False) -> None:
        self.id = id_
        self.pid = pid
        self.start = start
        self.stop = stop
        self.mark = mark
        self.inherited = inherited
        self.alive = True
        self.kin: dict[int, int] = {}
        self.groups: set[int] = set()
        self.blank = 0
        self.asked: set[int] = set()
        self.signal = stop
        self.deadline: float | None = None
        self.due: float | None = None
        self.pause = FIRST_PAUSE


def mark_of(environment: list[bytes]) -> bytes:
    """Return the mark among ``NAME=value`` entries, or nothing."""
    for entry in environment:
        if entry.startswith(MARK):
            return entry[len(MARK) :]
    return b""
