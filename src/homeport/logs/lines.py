"""How a line looks on disk, and how it is read back."""

import re

from homeport.model.lines import LogLevel as Level
from homeport.model.lines import LogLine
from homeport.model.lines import LogStream as Source

PIECE = 64 * 1024
"""The most bytes of a program's line that become one line here; longer ones go on in further lines that say so."""

LETTERS: dict[Source, str] = {"out": "o", "err": "e", "note": "n"}
_SOURCES: dict[bytes, Source] = {b"o": "out", b"e": "err", b"n": "note", b"O": "out", b"E": "err", b"N": "note"}
_RUN = re.compile(rb"\d+")

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
"""Terminal sequences: colours, cursor moves, titles."""

_WORDS: dict[str, Level] = {
    **dict.fromkeys(("ERROR", "ERR", "FATAL", "CRITICAL", "CRIT", "PANIC", "EMERG", "ALERT", "SEVERE"), "error"),
    **dict.fromkeys(("WARNING", "WARN", "WRN"), "warning"),
    **dict.fromkeys(("INFO", "INF", "NOTICE", "LOG"), "info"),
    **dict.fromkeys(("DEBUG", "DBG", "TRACE", "TRC", "VERBOSE"), "debug"),
}
_FIELDS: dict[str, Level] = {
    **dict.fromkeys(("err", "fat", "cri", "pan", "eme", "ale", "50", "60"), "error"),
    **dict.fromkeys(("war", "40"), "warning"),
    **dict.fromkeys(("inf", "not", "30"), "info"),
    **dict.fromkeys(("deb", "tra", "10", "20"), "debug"),
}
# The first signs of a word are literal, so that the search need not stop at every place; what stands before is seen after.
_WORD = re.compile(f"({'|'.join(_WORDS)})(?![A-Za-z0-9_])")
_FIELD = re.compile(r"level\"?\s*[=:]\s*\"?(err|fat|crit?|pan|eme|ale|war|inf|not|deb|tra|[1-6]0\b)", re.IGNORECASE)
_FIRST = re.compile(r"\s*(?:\[\s*)?(err|fat|pan|war|inf|deb|tra)[a-z]*\s*[\[\]:|(]")
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


def parse(service: str, number: int, raw: bytes) -> LogLine | None:
    """Read a line on disk; None when it is not one of ours."""
    try:
        at, tag, text = raw.split(b" ", 2)
        source = _SOURCES[tag[:1]]
        shown = text.decode("utf-8", "replace")
        run = _RUN.match(tag, 1)
        level = level_of(shown, source)
        return LogLine(
            service, number, float(at), source, shown, level, int(run.group()) if run else 0, tag[:1].isupper()
        )
    except (ValueError, KeyError):
        return None


def level_of(text: str, source: Source = "out") -> Level | None:
    """Guess how grave a line is from its first words; None when it does not say."""
    if source == "note":
        return "info"
    head = text[:_LOOK] if "\x1b" not in text else plain(text[:_LOOK])
    for found in _WORD.finditer(head):
        before = head[found.start() - 1] if found.start() else " "
        if not (before.isalnum() or before == "_"):
            return _WORDS[found[1]]
    at = head.find("level")
    field = (_FIELD.match(head, at) if at >= 0 else None) or _FIRST.match(head)
    return _FIELDS.get(field[1][:3].lower()) if field else None


def plain(text: str) -> str:
    """Return the text without terminal sequences."""
    return ANSI.sub("", text) if "\x1b" in text else text
