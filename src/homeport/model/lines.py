"""A line of a log, and the names of logs."""

from collections.abc import Collection
from typing import Literal

from msgspec import Struct

LogStream = Literal["out", "err", "note"]
"""``out`` and ``err`` of a program, or ``note`` for what Homeport says about it."""

SHARPNESS = 0.002
"""Lines tell their time to the millisecond only: who asks for those since an instant asks from so many seconds before."""

LogLevel = Literal["debug", "info", "warning", "error"]


class LogLine(Struct, frozen=True, omit_defaults=True):
    """One line of a log: ``number`` per service, ``at`` in seconds since the epoch, secrets hidden.

    ``stream`` is ``out`` or ``err`` of the program, or ``note`` for what Homeport says about it. ``service`` is the name of
    the log: each of several replicas has its own, such as ``chat.2``. ``continues``: the line was cut for its length and
    goes on in the next line of this stream and run.
    """

    service: str
    number: int
    at: float
    stream: LogStream
    text: str
    level: LogLevel | None = None
    run: int = 0
    continues: bool = False


def service_of(log: str) -> str:
    """Return the service that writes a log: ``chat`` for ``chat.2``, the log of its second replica."""
    service, _, replica = log.rpartition(".")
    return service if replica.isdecimal() else log


def is_meant(log: str, names: Collection[str]) -> bool:
    """Whether a log is one of ``names``, by its own name or by that of its service, which stands for all its replicas."""
    return log in names or service_of(log) in names
