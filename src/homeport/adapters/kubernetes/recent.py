"""Which lines of a log were seen in its last seconds: a log that is asked again begins with some of them."""

from collections import Counter
from typing import Final

_SECOND: Final = len("2026-11-21T12:00:00")


class Recent:
    """Remembers the lines of the last two seconds that had any, by their hashes."""

    def __init__(self) -> None:
        self._seen: dict[bytes, Counter[int]] = {}
        self._left: dict[bytes, Counter[int]] = {}

    def since(self) -> str | None:
        """Return from which second on to ask again, in RFC 3339; None before the first line."""
        return f"{min(self._seen).decode()}Z" if self._seen else None

    def again(self) -> None:
        """Begin to tell lines apart that come a second time."""
        self._left = {second: counted.copy() for second, counted in self._seen.items()}

    def is_new(self, line: bytes) -> bool:
        """Return whether a line (with its time before it) was not seen before; remember it."""
        second, key = line[:_SECOND], hash(line)
        if left := self._left.get(second):
            if left[key] > 0:
                left[key] -= 1
                return False
        elif self._left and second < min(self._left):
            return False
        if second not in self._seen:
            if len(self._seen) == 2:
                if second < min(self._seen):  # two outputs of a container write past each other, a little
                    return True
                del self._seen[min(self._seen)]
            self._seen[second] = Counter()
        self._seen[second][key] += 1
        return True
