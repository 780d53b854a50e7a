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
    """Return the service that writes a log: ``chat`` for replicas ``chat.2`` and ``chat.x7k2p``, and a sidecar ``chat/proxy``."""
    return log.partition("/")[0].partition(".")[0]


def container_of(log: str) -> str:
    """Return the container that writes a log: ``proxy`` for ``chat.x7k2p/proxy``; the one of the service is called as that."""
    return log.partition("/")[2] or service_of(log)


def is_meant(log: str, names: Collection[str]) -> bool:
    """Whether a log is one of ``names``, by its own name or by one that stands for several.

    ``chat`` means all its replicas and their containers, ``chat.x7k2p`` one replica, ``chat/proxy`` a container of each, and
    ``chat/chat`` the service's own.
    """
    service, replica, container = service_of(log), log.partition("/")[0], container_of(log)
    return not {service, replica, f"{service}/{container}", f"{replica}/{container}"}.isdisjoint(names)
