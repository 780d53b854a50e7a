"""Which lines of a log were seen in its last seconds: a log that is asked again begins with some of them."""

from collections import Counter
from typing import Final

_SECOND: Final = len("2026-11-21T12:00:00")
_DIGITS: Final = b".0123456789"


class Recent:
    """Remembers the lines of the last two seconds that had any, by their hashes."""

    def __init__(self) -> None:
        self._seen: dict[bytes, Counter[int]] = {}
        self._left: dict[bytes, Counter[int]] = {}
        self._zone = "Z"

    def since(self) -> str | None:
        """Return from which second on to ask again, in RFC 3339; None before the first line."""
        return f"{min(self._seen).decode('ascii', 'replace')}{self._zone}" if self._seen else None

    def again(self) -> None:
        """Begin to tell lines apart that come a second time."""
        self._left = {second: counted.copy() for second, counted in self._seen.items()}

    def is_new(self, line: bytes) -> bool:
        """Return whether a line (with its time before it) was not seen before; remember it."""
        second, key = line[:_SECOND], hash(line)
        if (left := self._left.get(second)) and left[key] > 0:
            left[key] -= 1
            return False
        if second in self._seen:
            self._seen[second][key] += 1
        elif len(self._seen) < 2 or second > min(self._seen):  # outputs of a container write past each other, a little
            self._begin(second, line)
            self._seen[second][key] += 1
        return True

    def _begin(self, second: bytes, line: bytes) -> None:
        if len(self._seen) == 2:
            del self._seen[min(self._seen)]
        self._seen[second] = Counter()
        zone = line[_SECOND : line.find(b" ")].lstrip(_DIGITS)
        self._zone = zone.decode("ascii", "replace") or "Z"
