"""Mistakes found while the file runs: noted with their place, so that all of them are told together."""

from types import FrameType
from typing import Any, NoReturn

from homeport.config.words import places

noted: list[dict[str, Any]] = []
"""Every mistake so far, as data: what, hint, file, line, span, and the argument and literal that it is about."""


class WordError(Exception):
    """A word was used so wrongly that the file cannot go on. Already noted when it is raised."""


def note(
    what: str,
    *,
    hint: str | None = None,
    argument: str | None = None,
    literal: object = None,
    frame: FrameType | None = None,
) -> None:
    """Note a mistake at the user's line. ``argument`` and ``literal`` say which part of the call to underline."""
    at = frame or places.users_frame()
    noted.append(
        {
            "what": what,
            "hint": hint,
            "file": at.f_code.co_filename,
            "line": at.f_lineno,
            "span": places.span_of(at.f_code, at.f_lasti),
            "argument": argument,
            "literal": str(literal) if isinstance(literal, str | int | float) else None,
        }
    )


def fail(what: str, *, hint: str | None = None, argument: str | None = None, literal: object = None) -> NoReturn:
    """Note a mistake and end the evaluation: there is no sensible value to go on with."""
    note(what, hint=hint, argument=argument, literal=literal)
    raise WordError(what)


def spell(given: object) -> str:
    """Return how a message names a given value: its kind, and the value itself where that is short."""
    if given is None:
        return "None"
    if isinstance(given, bool):
        return f"{given}"
    if isinstance(given, str):
        text = given if len(given) <= 60 else given[:57] + "…"
        return f'the text "{text}"' if not any("\ud800" <= letter <= "\udfff" for letter in text) else "a reference"
    if isinstance(given, int | float):
        return f"the number {given}"
    if isinstance(given, type):
        return f"the class {given.__name__}"
    article = "an" if type(given).__name__[0] in "aeiouAEIOU" else "a"
    return f"{article} {type(given).__name__}"


def wrong_type(argument: str, expected: str, given: object, hint: str | None = None) -> None:
    """Note that an argument has a value of the wrong type."""
    note(f"{argument}= takes {expected}, not {spell(given)}", hint=hint, argument=argument)
