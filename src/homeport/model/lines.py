"""A line of a log."""

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
    the log: replicas beyond the first have their own, such as ``chat.2``. ``continues``: the line was cut for its length
    and goes on in the next line of this stream and run.
    """

    service: str
    number: int
    at: float
    stream: LogStream
    text: str
    level: LogLevel | None = None
    run: int = 0
    continues: bool = False
