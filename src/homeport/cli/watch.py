"""Following a running house: what changes and what is said, shown until there is a reason to end."""

import selectors
import time
from collections.abc import Callable
from typing import Any

from homeport.cli.screen.outputs import Output
from homeport.client.board import Board
from homeport.client.client import Client
from homeport.client.connection import Connection, GoneError
from homeport.model.lines import SHARPNESS, LogLine
from homeport.model.running import RUNNING
from homeport.model.view import Frame, NodeView
from homeport.wire.plain import frame_of, line_of

_BEAT = 0.05
"""Seconds between two pictures at least: what comes in between is shown together."""
_LEFT = 0.25
"""Seconds between two looks at who is still stopping."""
_SURE = 8
"""Looks in a row that find nobody, whatever the states say: between two storeys there may be nobody for a moment."""
_ALIVE = ("building", "starting", "running", "ready", "unready", "restarting", "stopping")
_ALL = 10_000
"""Lines that are asked for when all since a beginning are meant."""
LAG, LAG_ON_SCREEN = 16 << 20, 1 << 20
"""Bytes that a service may be ahead of us before we skip ahead: more where the output may be kept than where it is only seen."""


class Watch:
    """One viewing of one house.

    ``board`` is what is known so far; ``left`` who is still stopping (None until a closing house was asked). Lines are shown
    from ``since`` (seconds since the epoch) on, else the last ``tail`` ones and what follows. Of a service that is more than
    ``lag`` bytes ahead of us the latest lines are shown, and how many are not: nobody reads faster, and the others' are due.
    """

    def __init__(
        self,
        path: str,
        output: Output,
        *,
        logs: bool = True,
        tail: int = 0,
        since: float | None = None,
        lag: int = LAG,
    ) -> None:
        self.board = Board()
        self._path = path
        self._output = output
        self._logs = logs
        self._lag = lag
        # A house writes before anybody can listen: who opened it asks for its lines from the beginning.
        self._wanted: dict[str, float] = {"tail": tail} if since is None else {"tail": _ALL, "since": since - SHARPNESS}
        self._changes: list[tuple[NodeView | None, NodeView]] = []
        self._lines: list[LogLine] = []
        self._notes: list[str] = []
        self.left: list[tuple[str, float]] | None = None
        self._left_at = 0.0
        self._alone = 0
        self._news = False

    def run(self, ends: Callable[[], bool], *, wake: float = 10.0) -> None:
        """Show the house until ``ends`` says so (asked after every change, and every ``wake`` seconds) or it is gone.

        Raises OSError when the output is gone. A house that dropped us because the output stood still is joined again.
        """
        try:
            while self._once(ends, wake):
                self._output.say("(the display stood still; `homeport logs` has the lines that were passed over)")
        finally:
            self._output.end()

    def _once(self, ends: Callable[[], bool], wake: float) -> bool:
        """Follow until the end (False) or until the house dropped us (True)."""
        try:
            with Connection(self._path) as frames, Connection(self._path) as logs:
                frames.send("follow", pace=_BEAT)
                if self._logs:
                    logs.send("logs", follow=True, lag=self._lag, **self._wanted)
                self._follow(frames, logs, ends, wake)
        except GoneError:
            return self._alive()
        return False

    def _alive(self) -> bool:
        self._wanted = {"tail": 0}
        try:
            return not Client(self._path, timeout=1.0).status().closing
        except OSError:
            return False

    def _follow(self, frames: Connection, logs: Connection, ends: Callable[[], bool], wake: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(frames, selectors.EVENT_READ, frames)
            if self._logs:
                selector.register(logs, selectors.EVENT_READ, logs)
            shown, first = 0.0, True
            while True:
                closing = self._closing()
                pause = _LEFT if closing else wake
                for key, _ in selector.select(_BEAT if self._news else pause):
                    for message in key.data.read():
                        self._take(message)
                now = time.monotonic()
                if closing:
                    self._look_who_is_left(now)
                if now - shown >= _BEAT or first:
                    self._show()
                    shown, first = now, False
                if self.board.frame is not None and ends():
                    self._show()
                    return

    def _take(self, message: Any) -> None:
        self._news = True
        match message["type"]:
            case "frame":
                frame: Frame = frame_of(message["frame"])
                self._changes += self.board.take(frame)
            case "lines":
                self._lines += [line_of(line) for line in message["lines"]]
            case _:
                pass

    def _closing(self) -> bool:
        return self.board.frame is not None and self.board.frame.closing

    def _look_who_is_left(self, now: float) -> None:
        if now - self._left_at >= _LEFT:
            self._left_at = now
            self.left = Client(self._path, timeout=2.0).left()
            self._alone = 0 if self.left else self._alone + 1
            self._news = True

    def note(self, sentence: str) -> None:
        """Say something of our own with the next picture; may be called from any thread."""
        self._notes.append(sentence)

    def is_over(self) -> bool:
        """Whether the house is closing and nobody is left to wait for."""
        if not self._closing():
            return False
        nodes = [node for node in self.board.nodes if node.type in RUNNING]
        return self._alone >= _SURE or not any(node.state in _ALIVE for node in nodes)

    def _show(self) -> None:
        while self._notes:
            self._output.say(self._notes.pop(0))
        changes, self._changes = self._changes, []
        lines, self._lines = self._lines, []
        self._news = False
        self._output.show(self.board, changes, lines, self.left or ())
