"""From chunks of bytes to whole lines: half lines wait, progress bars keep their last state, endless lines are cut."""

import re
from collections.abc import Iterator

from homeport.kit.masking import Mask
from homeport.logs.lines import PIECE

_OVERWRITTEN = re.compile(rb"^[^\n]*\r(?=[^\r\n])|\r+$", re.MULTILINE)

_SLICE = 28 * 1024
"""Chunks are worked on in slices: a slice and an unfinished line fit into a piece, and short ones are searched faster."""

_TELLING = 4
"""So many bytes of a secret at the end of a line that was never finished are hidden too."""


def settle(data: bytes) -> bytes:
    r"""Return the lines as a terminal would leave them: what a ``\r`` made overwritten is gone, and so are ``\r`` at ends."""
    if b"\r" not in data:
        return data
    data = data.replace(b"\r\n", b"\n").rstrip(b"\r")
    return _OVERWRITTEN.sub(b"", data) if b"\r" in data else data


class Splitter:
    """Cuts one stream into lines, already masked. Holds at most one unfinished line of at most ``PIECE`` bytes."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._half = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bool]]:
        """Yield blocks of whole lines (without the last line end), and whether the block is a cut piece of a longer line."""
        for at in range(0, len(data), _SLICE):
            yield from self._take(data[at : at + _SLICE] if len(data) > _SLICE else data)

    def _take(self, data: bytes) -> Iterator[tuple[bytes, bool]]:
        end = data.rfind(b"\n")
        if end >= 0:
            if self._half and len(self._half) + data.index(b"\n") > PIECE:
                yield from self._cut()
            whole = bytes(self._half) + data[:end] if self._half else data[:end]
            self._half = bytearray(data[end + 1 :])
            yield self._mask.apply(settle(whole)), False
            return
        if len(self._half) + len(data) > PIECE:
            yield from self._cut()
        self._half += data

    def _cut(self) -> Iterator[tuple[bytes, bool]]:
        """Yield what is there of a line that is too long, up to where a secret or a character may be unfinished."""
        half = bytes(self._half)
        if b"\r" in half:
            ends = b"\r" if half.endswith(b"\r") else b""
            half = settle(half) + ends
            self._half = bytearray(half)
            if len(half) < PIECE // 2:
                return
        until = _character_end(half, self._mask.safe_until(half)) or len(half)
        self._half = bytearray(half[until:])
        yield self._mask.apply(half[:until]), True

    def unfinished(self) -> bytes:
        """Return the line that waits for its end, less what may be the beginning of a secret."""
        if not self._half:
            return b""
        half = settle(bytes(self._half))
        return self._mask.apply(half[: self._mask.safe_until(half)])

    def finish(self) -> bytes | None:
        """Return the half line that nobody will end, or None; a begun secret in it is hidden."""
        if not self._half:
            return None
        half = settle(bytes(self._half))
        self._half = bytearray()
        until = self._mask.safe_until(half)
        rest = half[until:]
        masked = self._mask.apply(rest)
        return self._mask.apply(half[:until]) + (b"[secret]" if masked == rest and len(rest) >= _TELLING else masked)


def _character_end(data: bytes, until: int) -> int:
    """Return the last place at or before ``until`` that is not inside a UTF-8 character."""
    at = until
    while at > max(0, until - 4) and _is_inside(data, at):
        at -= 1
    return at


def _is_inside(data: bytes, at: int) -> bool:
    """Whether cutting at ``at`` would part a character: it needs more bytes than there are before ``at``."""
    for back in (1, 2, 3):
        if at - back < 0:
            return False
        byte = data[at - back]
        if byte & 0xC0 == 0x80:
            continue
        return byte >= 0xC0 and back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4)
    return False
