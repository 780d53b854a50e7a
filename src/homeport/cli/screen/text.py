"""Text on a terminal: how wide it is, how it is cut, what of it is safe to show."""

import re
import unicodedata

_STYLE = re.compile(r"\x1b\[[0-9;:]*m")
_ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: cursor, colours, erasing
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # OSC and other strings: titles, links
    r"|\x1b[ -/]*[0-~]?"  # the short ones
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")


def width_of(text: str) -> int:
    """Return how many columns a text without escapes takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, width: int) -> str:
    """Return the text in at most ``width`` columns; what is missing shows as an ellipsis."""
    if width_of(text) <= width:
        return text
    kept, room = [], max(width, 1) - 1
    for character in text:
        room -= width_of(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def pad(text: str, width: int) -> str:
    """Return the text in at least ``width`` columns."""
    return text + " " * (width - width_of(text))


def clean(text: str, *, colour: bool) -> str:
    """Return a program's line as it may be shown: no cursor movement, no control characters; colours if wanted."""
    if "\x1b" in text:
        had = colour and bool(_STYLE.search(text))
        text = _ESCAPE.sub(lambda found: found[0] if colour and _STYLE.fullmatch(found[0]) else "", text)
        text += "\x1b[0m" if had else ""
    return _CONTROL.sub("", text)


def shown(text: str) -> str:
    """Return a name or a path on one line: characters that have no place in one are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def ago(seconds: float) -> str:
    """Return a length of time as people say it, in its largest unit."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(int(seconds), 0)} s"
