"""Messages without secrets: whatever was told to the house, by programs, files or people, passes here on its way out."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from homeport.wire.codec import encode
from homeport.wire.replies import AnyReply, EnvironmentReply, LinesReply

_WHOLE = EnvironmentReply | LinesReply
"""Sent as they are: one starts programs, the other's lines are masked where they are written."""

_BACKSLASH = "\ud800"
"""Stands for an escaped backslash while the other escapes are undone: decoded text holds no such half of a character."""

_ESCAPES = (('\\"', '"'), ("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"), ("\\b", "\b"), ("\\f", "\f"))
_UNICODE = re.compile(r"\\u([0-9a-f]{4})")


def discreet(message: AnyReply, mask: Callable[[str], str]) -> bytes:
    """Return a message as one line, its texts masked."""
    data = encode(message)
    if isinstance(message, _WHOLE):
        return data
    bare = _unescaped(data.decode())
    if mask(bare) == bare:
        return data
    # Text by text: a mask laid over the whole could tear the JSON.
    return msgspec.json.encode(_masked(msgspec.json.decode(data), mask)) + b"\n"


def _unescaped(text: str) -> str:
    """Return JSON with every text in it as it is, since escapes could hide it from the mask; parsing costs more."""
    if "\\" not in text:
        return text
    text = text.replace("\\\\", _BACKSLASH)
    for escape, sign in _ESCAPES:
        text = text.replace(escape, sign)
    if "\\u" in text:
        text = _UNICODE.sub(lambda found: chr(int(found[1], 16)), text)
    return text.replace(_BACKSLASH, "\\")


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
