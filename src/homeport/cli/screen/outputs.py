"""Two ways to show a house that runs: a table that stays at the bottom, or nothing but lines."""

from collections.abc import Callable, Sequence
from typing import Protocol

from homeport.cli.screen.changes import change
from homeport.cli.screen.farewell import waiting_for
from homeport.cli.screen.logline import Gutter, Line
from homeport.cli.screen.region import Region
from homeport.cli.screen.table import table
from homeport.cli.screen.terminal import Terminal
from homeport.cli.screen.text import cut
from homeport.client.board import Board
from homeport.model.view import Frame, NodeView

Changes = Sequence[tuple[NodeView | None, NodeView]]
Left = Sequence[tuple[str, float]]


class Output(Protocol):
    """Shows what happens; called with everything that is new, a few times a second at most."""

    def show(self, board: Board, changes: Changes, lines: Sequence[Line], left: Left) -> None:
        """Show changed nodes and new lines."""
        ...

    def say(self, sentence: str) -> None:
        """Say something of our own."""
        ...

    def end(self) -> None:
        """Leave the terminal in order."""
        ...


class Lines:
    """Prefixed lines and changes of state, each on a line of its own.

    ``known``: a frame whose notices and file error are no news, since they were said before or will be said at the end.
    """

    def __init__(self, terminal: Terminal, *, may_kill: bool, known: Frame | None = None) -> None:
        self._terminal = terminal
        self._gutter = Gutter()
        self._may_kill = may_kill
        self._said = ""
        self._news = (known.file_error, tuple(known.notices)) if known is not None else (None, ())

    def show(self, board: Board, changes: Changes, lines: Sequence[Line], left: Left) -> None:
        """Write everything that is new."""
        paint = self._terminal.paint
        written = [text for before, now in changes for text in change(before, now, paint)]
        written += self._notices(board.frame)
        written += [self._gutter.line(line, paint) for line in lines]
        if left:
            said = waiting_for(left, may_kill=self._may_kill)
            written += [said] if said != self._said else []
            self._said = said
        self._terminal.lines(written)

    def say(self, sentence: str) -> None:
        """Write a line."""
        self._terminal.lines([sentence])

    def end(self) -> None:
        """Nothing is left to do."""

    def _notices(self, frame: Frame | None) -> list[str]:
        if frame is None:
            return []
        (error, known), self._news = self._news, (frame.file_error, tuple(frame.notices))
        said = [f"note: {notice}" for notice in frame.notices if notice not in known]
        if frame.file_error and frame.file_error != error:
            said += ["The stack file is broken; what runs goes on as it was:", *frame.file_error.splitlines()]
        return said


class Farewells(Lines):
    """Says only who is still stopping."""

    def show(self, board: Board, changes: Changes, lines: Sequence[Line], left: Left) -> None:
        """Write who is waited for."""
        super().show(Board(), (), (), left)


class Live:
    """Logs scroll by; below them stands a table that is drawn anew."""

    def __init__(self, terminal: Terminal, clock: Callable[[], float], *, bottom: str, may_kill: bool) -> None:
        self._terminal = terminal
        self._clock = clock
        self._bottom = bottom
        self._may_kill = may_kill
        self._gutter = Gutter()
        self._region = Region(terminal.write)
        self._said: Sequence[str] = ()

    def show(self, board: Board, changes: Changes, lines: Sequence[Line], left: Left) -> None:
        """Write new lines above and draw the table."""
        paint = self._terminal.paint
        above = self._notices(board.frame)
        above += [self._gutter.line(line, paint) for line in lines]
        for before, now in changes:
            if now.state == "failed" and (before is None or before.state != "failed"):
                above += change(before, now, paint)
        self._region.draw(above, self._bottom_lines(board, left))

    def _notices(self, frame: Frame | None) -> list[str]:
        if frame is None:
            return []
        known, self._said = self._said, frame.notices
        return [f"note: {notice}" for notice in frame.notices if notice not in known]

    def say(self, sentence: str) -> None:
        """Write a line above the table."""
        self._region.draw([sentence], ())

    def end(self) -> None:
        """Let the last table stand."""
        self._region.leave()

    def _bottom_lines(self, board: Board, left: Left) -> list[str]:
        columns, rows = self._terminal.size()
        columns = (columns or 80) - 1  # a full last column would wrap on some terminals
        paint = self._terminal.paint
        frame = board.frame
        lines = ["", *_fit(table(board.nodes, self._clock(), columns, paint), rows - 5, paint)]
        if frame is not None and frame.file_error:
            lines += [paint("red", cut(line, columns)) for line in frame.file_error.splitlines()[: max(rows // 3, 2)]]
        if frame is not None and frame.closing:
            lines.append(cut(waiting_for(left, may_kill=self._may_kill), columns))
        else:
            paused = "paused: saves are collected.  " if frame is not None and frame.paused else ""
            lines.append(paint("dim", cut(paused + self._bottom, columns)))
        return lines


def _fit(lines: list[str], rows: int, paint: Callable[[str, str], str]) -> list[str]:
    rows = max(rows, 3)
    if len(lines) <= rows:
        return lines
    return [*lines[: rows - 1], paint("dim", f"… and {len(lines) - rows + 1} more: `homeport status`")]
