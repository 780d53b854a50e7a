"""Guessing how grave a line is."""

import re

from homeport.kit.terminal import plain
from homeport.model.lines import LogLevel, LogStream
from homeport.model.queries import GRAVITY

_WORDS: dict[str, LogLevel] = {
    **dict.fromkeys(("ERROR", "ERR", "FATAL", "CRITICAL", "CRIT", "PANIC", "EMERG", "ALERT", "SEVERE"), "error"),
    **dict.fromkeys(("WARNING", "WARN", "WRN"), "warning"),
    **dict.fromkeys(("INFO", "INF", "NOTICE", "LOG"), "info"),
    **dict.fromkeys(("DEBUG", "DBG", "TRACE", "TRC", "VERBOSE"), "debug"),
}
_FIELDS: dict[str, LogLevel] = {
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
_TRACES: dict[LogLevel, tuple[bytes, ...]] = {
    "error": (b"ERR", b"FATAL", b"CRIT", b"PANIC", b"EMERG", b"ALERT", b"SEVERE", b"err", b"fat", b"pan"),
    "warning": (b"WARN", b"WRN", b"war"),
}


def level_of(text: str, source: LogStream = "out") -> LogLevel | None:
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


def traces_of(least: LogLevel) -> tuple[bytes, ...]:
    """Return byte strings one of which is in every line that is at least so grave; none when any line may be."""
    if GRAVITY[least] <= GRAVITY[None]:
        return ()
    return (
        *(trace for level, traces in _TRACES.items() if GRAVITY[level] >= GRAVITY[least] for trace in traces),
        b"level",
    )
