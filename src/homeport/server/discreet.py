"""Messages without secrets: whatever was told to the house, by programs, files or people, passes here on its way out."""

from collections.abc import Callable
from typing import Any

import msgspec

from homeport.wire.codec import encode
from homeport.wire.replies import AnyReply, EnvironmentReply, LinesReply

_WHOLE = EnvironmentReply | LinesReply
"""Sent as they are: one starts programs, the other's lines are masked where they are written."""


def discreet(message: AnyReply, mask: Callable[[str], str]) -> bytes:
    """Return a message as one line, its texts masked."""
    data = encode(message)
    if isinstance(message, _WHOLE):
        return data
    text = data.decode()
    clean = mask(text) == text
    if clean and "\\" not in text:
        return data
    # Text by text: a mask laid over the whole could tear the JSON, and what is escaped in it could hide from the mask.
    return msgspec.json.encode(_masked(msgspec.json.decode(data), mask, all_=not clean)) + b"\n"


def _masked(part: Any, mask: Callable[[str], str], *, all_: bool) -> Any:
    match part:
        case str():
            return mask(part) if all_ or _is_escaped(part) else part
        case dict():
            return {_masked(key, mask, all_=all_): _masked(value, mask, all_=all_) for key, value in part.items()}
        case list():
            return [_masked(each, mask, all_=all_) for each in part]
        case _:
            return part


def _is_escaped(text: str) -> bool:
    """Whether a text looks different within JSON."""
    return '"' in text or "\\" in text or any(letter < " " for letter in text)
