"""Messages without secrets: whatever was told to the house, by programs, files or people, passes here on its way out."""

from collections.abc import Callable, Iterator
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
    content = msgspec.json.decode(data)
    if clean:  # what JSON escapes could hide from the mask
        bare = "\0".join(_texts(content))
        if mask(bare) == bare:
            return data
    # Text by text: a mask laid over the whole could tear the JSON.
    return msgspec.json.encode(_masked(content, mask)) + b"\n"


def _texts(part: Any) -> Iterator[str]:
    match part:
        case str():
            yield part
        case dict():
            for key, value in part.items():
                yield key
                yield from _texts(value)
        case list():
            for each in part:
                yield from _texts(each)
        case _:
            pass


def _masked(part: Any, mask: Callable[[str], str]) -> Any:
    match part:
        case str():
            return mask(part)
        case dict():
            return {mask(key): _masked(value, mask) for key, value in part.items()}
        case list():
            return [_masked(each, mask) for each in part]
        case _:
            return part
