"""Which files were saved lately, for those who need more than that something was."""

from collections import deque

SHOWN = 4096
"""Bursts that are remembered per name; who asks for older ones looks at everything."""


class Journal:
    """The paths of settled bursts by the name of a rule, each under its number."""

    def __init__(self) -> None:
        self._bursts: dict[str, deque[tuple[int, tuple[str, ...]]]] = {}
        self._forgotten: dict[str, int] = {}

    def note(self, name: str, seq: int, paths: tuple[str, ...] | None) -> None:
        """Remember a burst; None when it is not known which files it was about."""
        bursts = self._bursts.setdefault(name, deque())
        if paths is None:
            bursts.clear()
            self._forgotten[name] = seq
            return
        bursts.append((seq, paths))
        if len(bursts) > SHOWN:
            self._forgotten[name] = bursts.popleft()[0]

    def between(self, name: str, after: int, upto: int) -> tuple[str, ...] | None:
        """Return the paths saved after one number and up to another; None when not all of them are known."""
        if self._forgotten.get(name, 0) > after:
            return None
        bursts = self._bursts.get(name, ())
        return tuple(dict.fromkeys(path for seq, paths in bursts if after < seq <= upto for path in paths))
