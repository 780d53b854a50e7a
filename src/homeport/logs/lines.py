"""How a line looks on disk, and how it is read back."""

import re

from homeport.logs.levels import level_of
from homeport.model.lines import LogLine, LogStream
from homeport.model.queries import Query, Wanted

EVERYTHING = Wanted(Query())
PIECE = 64 * 1024
"""The most bytes of a program's line that become one line here; longer ones go on in further lines that say so."""

LETTERS: dict[LogStream, str] = {"out": "o", "err": "e", "note": "n"}
_SOURCES: dict[bytes, LogStream] = {b"o": "out", b"e": "err", b"n": "note", b"O": "out", b"E": "err", b"N": "note"}
_RUN = re.compile(rb"\d+")


def prefix(at: float, tag: str) -> bytes:
    """Return what stands before the text of a line."""
    return b"%.3f %s " % (at, tag.encode())


def tag_of(source: LogStream, pen: str, *, cut: bool = False) -> str:
    """Return the tag of a line: the stream's letter (a capital for a cut line) and the name of the pen."""
    letter = LETTERS[source]
    return (letter.upper() if cut else letter) + pen


def time_of(raw: bytes) -> float | None:
    """Return the time of a line on disk, or None when it is not one of ours (a torn or foreign line)."""
    try:
        return float(raw[: raw.index(b" ")])
    except ValueError:
        return None


def tag_in(raw: bytes) -> str:
    """Return the tag of a line on disk; empty when it is not one of ours."""
    parts = raw.split(b" ", 2)
    return parts[1].decode("utf-8", "replace") if len(parts) == 3 else ""


def text_of(raw: bytes) -> bytes:
    """Return the text of a line on disk."""
    parts = raw.split(b" ", 2)
    return parts[2] if len(parts) == 3 else raw


def parse(service: str, number: int, raw: bytes) -> LogLine | None:
    """Read a line on disk; None when it is not one of ours."""
    return read(service, number, raw, EVERYTHING)


def read(service: str, number: int, raw: bytes, wanted: Wanted) -> LogLine | None:
    """Read a line on disk when it is wanted; None when it is not, or not one of ours."""
    try:
        when, tag, text = raw.split(b" ", 2)
        at, letter, source = float(when), tag[:1], _SOURCES[tag[:1]]
        # Nearly always the rest of the tag is the number alone.
        run = int(tag[1:]) if tag[1:].isdigit() else _run_in(tag)
    except (ValueError, KeyError):
        return None
    if not wanted.everything and not wanted.head(number, at, source, run, tag[1:].decode("utf-8", "replace")):
        return None
    shown = text.decode("utf-8", "replace")
    if not wanted.everything and not wanted.text(shown):
        return None
    level = level_of(shown, source)
    if not wanted.grave(level):
        return None
    return LogLine(service, number, at, source, shown, level, run, letter.isupper())


def _run_in(tag: bytes) -> int:
    """Return the run in the tag of a pen whose name has letters."""
    run = _RUN.match(tag, 1)
    return int(run.group()) if run else 0
