"""In which order batches began, and up to which saves all that began is done. Pure."""


class Order:
    """Batches end in any order; a save counts as done when its batch and all before it are."""

    def __init__(self) -> None:
        self._count = 0
        self._open: dict[int, int] = {}
        self._ended: dict[int, int] = {}
        self._spoilt = 0

    def begin(self, upto: int) -> int:
        """Begin a batch, which brings what was saved up to there; return its number."""
        self._count += 1
        self._open[self._count] = upto
        return self._count

    def end(self, number: int) -> int | None:
        """End a batch; return up to which saves everything is there now, None when nothing new is."""
        self._ended[number] = self._open.pop(number)
        first = min(self._open, default=self._count + 1)
        whole = {each: self._ended.pop(each) for each in sorted(self._ended) if each < first}
        return next((upto for each, upto in reversed(whole.items()) if each > self._spoilt), None)

    def fail(self, number: int) -> None:
        """End a batch that was not made: what is under way besides it makes nothing whole, the next one may."""
        del self._open[number]
        self._spoilt = self._count
