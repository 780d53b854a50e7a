"""How far a log was read. The cluster resumes by whole seconds only, so lines are counted from one on.

What it sends again when it is asked from a second on is the same every time: all lines of that second and later ones, in the
order of the log. So the number of lines read tells where to go on, also among lines of the same time, and those of two outputs
that were written past each other.
"""

import re
from typing import Final

_SECOND: Final = len("2026-11-21T12:00:00")
_NANOS: Final = 9
_USUAL: Final = len("2026-11-21T12:00:00.123456789Z")
_STAMP: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_DIGITS: Final = b"0123456789"
_PART: Final = 16_000
"""A line from about this length on is kept by the node in parts, each with its own time."""
_ALL: Final = 1 << 60


class Reached:
    """A place in a log, which moves with each line. ``mark`` is the place as a text, ``""`` before the first line."""

    def __init__(self, mark: str = "", *, cut: bool = False) -> None:
        """Begin where a mark was. ``cut``: only the end of what is there will be read, so its first second is not whole."""
        self._newest, self._zone, self._counts = _read(mark) if mark else (b"", "Z", {})
        self._cut = cut
        self._skip = 0
        self._met = False
        self._first = True
        self._long = self._long_at = b""

    @property
    def mark(self) -> str:
        """Return the place as a text."""
        if not self._counts:
            return ""
        counts = ",".join(f"{second.decode()}={count}" for second, count in self._counts.items())
        return f"{self._newest.decode()}{self._zone} {counts}"

    def since(self) -> str | None:
        """Return from which second on to ask, in RFC 3339; None before the first line."""
        return f"{min(self._counts).decode()}{self._zone}" if self._counts else None

    def again(self) -> None:
        """Begin a connection, which was asked from ``since`` on."""
        self._skip = sum(self._counts.values())
        self._first, self._met = True, False

    def goes_on(self, line: bytes) -> bool:
        """Return whether the first line of a connection belongs to what was read: else it is another log, or begun anew."""
        time = _time(line)
        return _key(time) <= self._newest or self._is_end_of_part(line[len(time) + 1 :])

    def is_new(self, line: bytes) -> bool:
        """Return whether a line, with its time before it, was not read before; it is read now."""
        time = _time(line)
        at, first, self._first = _key(time), self._first, False
        if self._skip:
            if first and self._is_end_of_part(line[len(time) + 1 :]):
                return False
            if at <= self._newest:
                self._met = self._met or at == self._newest
                # Before the newest is met something stood there that was not counted: the rest of a long line, to a mark.
                self._skip -= self._skip > 1 or self._met
                return False
            self._skip = 0  # the log was begun anew meanwhile, and what we read is not in it any more
        self._count(at, time)
        if len(line) > _PART:
            self._long, self._long_at = line, at[:_SECOND]
        return True

    def _count(self, at: bytes, time: bytes) -> None:
        second = at[:_SECOND]
        if second in self._counts:
            self._counts[second] += 1
        elif not self._counts or second > min(self._counts):
            if len(self._counts) == 2:
                del self._counts[min(self._counts)]
            self._counts[second] = _ALL if self._cut else 1
            self._cut = False
            zone = time[_SECOND:].lstrip(b"." + _DIGITS)
            self._zone = zone.decode("ascii", "replace") or "Z"
        self._newest = max(self._newest, at)

    def _is_end_of_part(self, said: bytes) -> bool:
        """Whether this is the rest of a long line that began in a second before the one that was asked for."""
        return bool(self._long) and self._long_at < min(self._counts) and self._long.endswith(said)


def is_timed(line: bytes) -> bool:
    """Whether a line is a program's: the kubelet says between them what it cannot read, without a time."""
    return _STAMP.match(line) is not None


def _time(line: bytes) -> bytes:
    return line[: max(line.find(b" "), 0)]


def _key(time: bytes) -> bytes:
    """Return a time so that later ones are greater: with nine digits after the second, without a zone."""
    if len(time) == _USUAL and time.endswith(b"Z"):
        return time[:-1]
    digits = time[_SECOND + 1 : _SECOND + 1 + _NANOS] if time[_SECOND : _SECOND + 1] == b"." else b""
    whole = digits[: len(digits) - len(digits.lstrip(_DIGITS))]
    return time[:_SECOND] + b"." + whole.ljust(_NANOS, b"0")


def _read(mark: str) -> tuple[bytes, str, dict[bytes, int]]:
    """Return newest time, zone and counts of a mark; what is no mark begins from the start."""
    time, _, said = mark.partition(" ")
    raw = time.encode("ascii", "replace")
    pairs = [each.rpartition("=") for each in said.split(",") if "=" in each]
    counts = {second.encode("ascii", "replace"): int(count) for second, _, count in pairs if count.isdecimal()}
    zone = raw[_SECOND:].lstrip(b"." + _DIGITS).decode("ascii", "replace")
    return (_key(raw), zone, counts) if counts else (b"", "Z", {})
