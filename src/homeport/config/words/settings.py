"""Settings from a ``.env`` file: a mapping of references, whose names are known and whose values are not."""

from __future__ import annotations

from collections.abc import Iterable

from homeport.config.words.mistakes import note, noted
from homeport.config.words.secrets import Values
from homeport.kit import dotenv


class Settings(Values):
    """The names of a ``.env`` file and references to their values: ``env={**settings, "LEVEL": settings["LOG"]}``."""

    __slots__ = ()

    def __init__(self, name: str, entries: Iterable[str]) -> None:
        super().__init__(name, entries, "add a line {}=… to it")


def names_in(path: str, shown: str, *, optional: bool) -> dict[str, str]:
    """Return the names that a ``.env`` file has; notes a mistake when it cannot be read."""
    try:
        with open(path, "rb") as content:
            return dict.fromkeys(dotenv.parse(content.read()), "")
    except FileNotFoundError:
        if not optional:
            note(f'there is no file "{shown}"', hint="create it, or say optional=True", argument="path", literal=shown)
    except dotenv.Unreadable as error:
        note(f'"{shown}" cannot be read: {error.what}', hint="a line is NAME=value, in UTF-8")
        noted[-1].update(file=path, line=error.line, span=(error.line, error.line, error.column - 1, -1))
    except OSError as error:
        note(f'"{shown}" cannot be read: {error.strerror or error}', argument="path", literal=shown)
    return {}
