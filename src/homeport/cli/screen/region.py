"""A few lines at the bottom of a terminal that are drawn anew while other lines scroll by above them."""

from collections.abc import Callable, Sequence

_BEGIN, _FINISH = "\x1b[?2026h", "\x1b[?2026l"
"""A terminal that knows these shows both steps as one; others ignore them."""


class Region:
    """Draws by ``write``. Every line of the region must fit the width: a wrapped one could not be erased."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._height = 0
        self._drawn: tuple[str, ...] = ()

    def draw(self, above: Sequence[str], lines: Sequence[str]) -> None:
        """Write lines that stay above, then the region."""
        if not above and tuple(lines) == self._drawn:
            return
        up = f"\x1b[{self._height}A" if self._height else ""
        body = "".join(f"{line}\n" for line in (*above, *lines))
        self._write(f"{_BEGIN}{up}\r\x1b[J{body}{_FINISH}")
        self._height, self._drawn = len(lines), tuple(lines)

    def leave(self) -> None:
        """Let what is drawn stay for good."""
        self._height, self._drawn = 0, ()
