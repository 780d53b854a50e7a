"""Colours, when they are wanted."""

from collections.abc import Callable

_CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36}
STATES = {
    "waiting": "blue",
    "building": "yellow",
    "starting": "yellow",
    "running": "yellow",
    "ready": "green",
    "unready": "red",
    "restarting": "yellow",
    "stopping": "yellow",
    "failed": "red",
    "completed": "green",
    "stopped": "dim",
    "disabled": "dim",
}
"""The colour of each state; the word itself is always there too."""
_NAMES = ("cyan", "yellow", "green", "magenta", "blue", "red")

Paint = Callable[[str, str], str]
"""Takes a colour and a text, gives the text as it is to be written."""


def plain(_colour: str, text: str) -> str:
    """Leave the text as it is."""
    return text


def ansi(colour: str, text: str) -> str:
    """Put the text in ANSI colour."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if text else text


def colour_of(name: str) -> str:
    """Return the colour of a service's name: the same in every run."""
    return _NAMES[sum(name.encode()) % len(_NAMES)]
