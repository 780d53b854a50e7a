"""What text every match of a regular expression must hold: it is searched for faster than the expression itself."""

import re

_BREAKS = frozenset(".^$)")
_CLASSES = frozenset("dDwWsSbBAZntrfva")
_TIMES = re.compile(r"\{\d*,?\d*\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_PLAIN_GROUP = re.compile(r"\((?!\?)|\(\?:|\(\?P<")
_BRANCHES = 8


def literals_in(pattern: str) -> tuple[str, ...]:
    """Return texts one of which is in every match of ``pattern``; none where that is not easy to see."""
    scan = _Scan(pattern)
    if not scan.read() or "" in scan.found or len(scan.found) > _BRANCHES or "\ufffd" in pattern:
        return ()
    return tuple(dict.fromkeys(scan.found))


class _Scan:
    """One reading of a pattern; ``found`` has the longest literal of each branch."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._literal = self._best = ""
        self.found: list[str] = []

    def read(self) -> bool:
        """Whether all of it could be read."""
        while self._at < len(self._pattern):
            if not self._step(self._pattern[self._at]):
                return False
        self._end_branch()
        return True

    def _step(self, sign: str) -> bool:
        match sign:
            case "\\":
                return self._escape(self._pattern[self._at + 1 : self._at + 2])
            case "[":
                return self._skip(_CLASS)
            case "(":
                return self._skip_group()
            case "|":
                self._end_branch()
            case "?" | "*":
                # What stands before may be there no time at all.
                self._break(self._literal[:-1])
            case "{" if _TIMES.match(self._pattern, self._at):
                self._literal = self._literal[:-1]
                return self._skip(_TIMES)
            case "+":
                self._break(self._literal)
            case _ if sign in _BREAKS:
                self._break(self._literal)
            case _:
                self._literal += sign
        self._at += 1
        return True

    def _escape(self, sign: str) -> bool:
        if sign in _CLASSES:
            self._break(self._literal)
        elif sign.isalnum() or not sign:
            return False
        else:
            self._literal += sign
        self._at += 2
        return True

    def _skip(self, what: re.Pattern[str]) -> bool:
        found = what.match(self._pattern, self._at)
        if found is None:
            return False
        self._break(self._literal)
        self._at = found.end()
        return True

    def _skip_group(self) -> bool:
        """Go behind a group, whatever is in it; flags and looks around are not read."""
        depth = 0
        self._break(self._literal)
        while self._at < len(self._pattern):
            sign = self._pattern[self._at]
            if sign == "(" and not _PLAIN_GROUP.match(self._pattern, self._at):
                return False
            if sign == "[":
                if not self._skip(_CLASS):
                    return False
                continue
            depth += (sign == "(") - (sign == ")")
            self._at += 2 if sign == "\\" else 1
            if not depth:
                return True
        return False

    def _break(self, literal: str) -> None:
        self._best = max(self._best, literal, key=len)
        self._literal = ""

    def _end_branch(self) -> None:
        self._break(self._literal)
        self.found.append(self._best)
        self._best = ""
