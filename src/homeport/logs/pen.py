"""The pen of one run: chunks in, lines on disk."""

import asyncio
import re
import threading
from collections import deque
from collections.abc import Callable

from homeport.kit.masking import Mask
from homeport.kit.terminal import plain
from homeport.logs.lines import prefix, tag_of, text_of
from homeport.logs.split import Splitter
from homeport.model.errors import RefusedError
from homeport.model.lines import LogStream
from homeport.ports.runtime import Stream

_REMEMBERED = 16 * 1024
"""About so many bytes of a run's last lines stay in memory for ``tail``."""


class Pen:
    """Writes for one run; see ``Writer``.

    ``append`` takes a block of formatted lines and their number. ``past`` returns the texts of this run's lines on disk.
    """

    def __init__(
        self,
        name: str,
        *,
        mask: Mask,
        wall: Callable[[], float],
        append: Callable[[bytes, int], None],
        past: Callable[[], list[bytes]],
        closed: Callable[["Pen"], None],
    ) -> None:
        self.name = name
        self._mask = mask
        self._wall = wall
        self._append = append
        self._past = past
        self._closed: Callable[[Pen], None] | None = closed
        self._splitters: dict[Stream, Splitter] = {"out": Splitter(mask), "err": Splitter(mask)}
        self._recent: deque[bytes] = deque()
        self._recent_bytes = 0
        # Notes may come from another thread than the output.
        self._lock = threading.Lock()
        self._waiting: list[tuple[re.Pattern[str], asyncio.Future[str]]] = []

    def feed(self, stream: Stream, data: bytes) -> None:
        """Take a chunk of output; a half line waits for its end."""
        for whole, cut in self._splitters[stream].feed(data):
            self._write(stream, whole, cut=cut)
        if self._waiting:
            self._compare([self._splitters[stream].unfinished()])

    def note(self, text: str) -> None:
        """Write a line of Homeport's own."""
        self._write("note", self._mask.apply(text.rstrip("\n").encode("utf-8", "replace")))

    async def wait_for(self, pattern: str) -> str:
        """Wait for a line that matches, past and unfinished ones included; without terminal sequences.

        Raises RefusedError when ``pattern`` is no regular expression. Waits for ever when no such line comes.
        """
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise RefusedError(f'the log pattern "{pattern}" is no regular expression: {error}') from error
        found: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((compiled, found))
        try:
            self._compare([*self._past(), *(splitter.unfinished() for splitter in self._splitters.values())])
            return await found
        finally:
            self._waiting.remove((compiled, found))

    def tail(self, count: int) -> tuple[str, ...]:
        """Return this run's last lines, the unfinished one included."""
        texts = [text_of(row) for row in b"".join(self._recent).split(b"\n")[:-1]]
        texts += [half for splitter in self._splitters.values() if (half := splitter.unfinished())]
        return tuple(text.decode("utf-8", "replace") for text in texts[-count:]) if count > 0 else ()

    def close(self) -> None:
        """Finish: an unfinished line is written as it is. May be called twice."""
        if self._closed is None:
            return
        for stream, splitter in self._splitters.items():
            half = splitter.finish()
            if half is not None:
                self._write(stream, half)
        closed, self._closed = self._closed, None
        closed(self)

    def _write(self, source: LogStream, whole: bytes, *, cut: bool = False) -> None:
        """Write whole lines: one time and one tag stand before each of them."""
        head = prefix(self._wall(), tag_of(source, self.name, cut=cut))
        block = b"".join((head, whole.replace(b"\n", b"\n" + head), b"\n"))
        lines = (len(block) - len(whole) - 1) // len(head)
        with self._lock:
            self._append(block, lines)
            self._remember(block)
        if self._waiting and source != "note":
            self._compare(whole.split(b"\n"))

    def _remember(self, block: bytes) -> None:
        if len(block) > _REMEMBERED:
            # Whole lines where possible; of a single endless line its beginning.
            at = block.find(b"\n", len(block) - _REMEMBERED) + 1
            block = block[at:] if 0 < at < len(block) else block[:_REMEMBERED] + b"\n"
        self._recent.append(block)
        self._recent_bytes += len(block)
        while self._recent_bytes - len(self._recent[0]) >= _REMEMBERED:
            self._recent_bytes -= len(self._recent.popleft())

    def _compare(self, rows: list[bytes]) -> None:
        """Wake who waits for one of these lines."""
        waiting = [(pattern, found) for pattern, found in self._waiting if not found.done()]
        for row in rows if waiting else ():
            text = plain(row.decode("utf-8", "replace"))
            for pattern, found in waiting:
                if not found.done() and pattern.search(text):
                    found.set_result(text)
