"""How a line looks on disk, and how it is read back."""

import re
from typing import Literal

from homeport.ports.logbook import Line

Source = Literal["out", "err", "note"]
Level = Literal["debug", "info", "warning", "error"]

PIECE = 64 * 1024
"""The most bytes of a program's line that become one line here; longer ones go on in further lines."""

LETTERS: dict[Source, str] = {"out": "o", "err": "e", "note": "n"}
_SOURCES: dict[bytes, Source] = {b"o": "out", b"e": "err", b"n": "note", b"O": "out", b"E": "err", b"N": "note"}
_RUN = re.compile(rb"\d+")

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
"""Terminal sequences: colours, cursor moves, titles."""

_LEVELS = re.compile(
    r"\b(?:(?P<error>ERROR|ERR|FATAL|CRITICAL|CRIT|PANIC|EMERG|ALERT|SEVERE)|(?P<warning>WARN(?:ING)?|WRN)"
    r"|(?P<info>INFO|INF|NOTICE|LOG)|(?P<debug>DEBUG|DBG|TRACE|TRC|VERBOSE))\b"
    r"|\blevel\"?\s*[=:]\s*\"?(?:(?P<error2>err|fatal|crit|panic|emerg|alert|5\d\b|60\b)|(?P<warning2>warn|40\b)"
    r"|(?P<info2>info|notice|30\b)|(?P<debug2>debug|trace|[12]0\b))"
    r"|^\s*(?:\[\s*)?(?:(?P<error3>error|fatal|panic)|(?P<warning3>warn(?:ing)?)|(?P<info3>info)|(?P<debug3>debug|trace))"
    r"(?=\s*[\]:|])"
)
_LOOK = 300


def prefix(at: float, tag: str) -> bytes:
    """Return what stands before the text of a line."""
    return b"%.3f %s " % (at, tag.encode())


def tag_of(source: Source, pen: str, *, cut: bool = False) -> str:
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


def parse(service: str, number: int, raw: bytes) -> Line | None:
    """Read a line on disk; None when it is not one of ours."""
    try:
        at, tag, text = raw.split(b" ", 2)
        source = _SOURCES[tag[:1]]
        shown = text.decode("utf-8", "replace")
        run = _RUN.match(tag, 1)
        return Line(service, number, float(at), source, shown, level_of(shown, source), int(run.group()) if run else 0)
    except (ValueError, KeyError):
        return None


def level_of(text: str, source: Source = "out") -> Level | None:
    """Guess how grave a line is from its first words; None when it does not say."""
    if source == "note":
        return "info"
    head = text[:_LOOK]
    found = _LEVELS.search(head if "\x1b" not in head else plain(head))
    if found is None or found.lastgroup is None:
        return None
    match found.lastgroup.rstrip("23"):
        case "error":
            return "error"
        case "warning":
            return "warning"
        case "debug":
            return "debug"
        case _:
            return "info"


def plain(text: str) -> str:
    """Return the text without terminal sequences."""
    return ANSI.sub("", text) if "\x1b" in text else text
