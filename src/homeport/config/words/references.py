"""References: values that are not known yet, carried through ordinary strings by tokens.

A reference is a ``str`` whose text holds a token per unknown part. So f-strings, ``+``, ``%s``, ``format`` and ``join``
put it together like any other text. A token starts and ends with a lone surrogate from the private-use range, which no
honest text holds and which cannot be encoded: what would write, hash or escape it fails instead of doing so silently.
"""

from __future__ import annotations

import re
from typing import Any, Final, NoReturn

from homeport.config.words import mistakes

Part = tuple[str, str, bool]
"""Node, key and softness of one unknown part."""

START: Final = "\udb80"
END: Final = "\udb81"
SHOWN: Final = "\udb82"
"""Marks text that ``repr`` made for people: it is no value."""

_parts: list[Part] = []
_numbers: dict[Part, int] = {}
_token: Final = re.compile(f"{START}rEf(\\d+)-(\\d+){END}")
_marks: Final = re.compile(f"[{START}{END}{SHOWN}]|\\\\u[dD][bB]8[0-2]")


def _check(number: int) -> int:
    return (number * 7 + 3) % 97


def token(node: str, key: str, *, soft: bool = False) -> str:
    """Return the token that stands for one part of another node."""
    part = (node, key, soft)
    number = _numbers.get(part)
    if number is None:
        number = _numbers[part] = len(_parts)
        _parts.append(part)
    return f"{START}rEf{number}-{_check(number)}{END}"


def is_plain(text: str) -> bool:
    """Whether a text holds no trace of a reference."""
    return _marks.search(text) is None


def split(text: str) -> list[str | Part]:
    """Return literal text and unknown parts in order. Raises ValueError when a token was cut or changed on the way."""
    text = str.__str__(text)  # a reference's own text: its methods refuse to be looked at
    found: list[str | Part] = []
    at = 0
    for match in _token.finditer(text):
        number = int(match[1])
        if number >= len(_parts) or _check(number) != int(match[2]):
            raise ValueError
        if match.start() > at:
            found.append(text[at : match.start()])
        found.append(_parts[number])
        at = match.end()
    if at < len(text):
        found.append(text[at:])
    if any(isinstance(part, str) and not is_plain(part) for part in found):
        raise ValueError
    return found


def readable(text: str) -> str:
    """Return a text in which each token is written as people read it: ``{postgres.port}``."""

    def name(match: re.Match[str]) -> str:
        node, key, _ = _parts[int(match[1])] if int(match[1]) < len(_parts) else ("?", "?", False)
        return "{" + f"{node or 'this'}.{key.removesuffix(':main').removesuffix(':value')}" + "}"

    return _marks.sub("", _token.sub(name, text))


class Reference(str):
    """A value that is known only when the stack runs, such as ``db.url`` or ``api.port()``.

    Use it in ``env``, ``run`` or inside any text: ``f"ws://{api.address}"``. Whoever uses it needs what it speaks of.
    Its text cannot be looked at or changed: there is none yet.
    """

    __slots__ = ()
    _instead = "its value is known only when the stack runs; pass it on in env=, run= or inside an f-string"

    @property
    def later(self) -> Reference:
        """The same value without the need: for services that know each other's address."""
        return Reference(
            "".join(part if isinstance(part, str) else token(*part[:2], soft=True) for part in split(self))
        )

    def __add__(self, other: str) -> Reference:
        return Reference(str.__add__(self, other))

    def __radd__(self, other: str) -> Reference:
        return Reference(str.__add__(other, str(self)))

    def __repr__(self) -> str:
        return f"{SHOWN}<{readable(str.__str__(self))}>{SHOWN}"

    def __format__(self, spec: str) -> str:
        if spec:
            refuse(self, f'cannot be formatted by ":{spec}"')
        return str.__str__(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        refuse(self, "cannot be pickled or copied")


def refuse(reference: Reference, why: str) -> NoReturn:
    """End the evaluation: a reference was used as if its value were known."""
    mistakes.fail(f"the reference {readable(str.__str__(reference))} {why}", hint=reference._instead)


_KNOWN_ONLY: Final = {
    "__bool__": "is no truth value",
    "__len__": "has no length yet",
    "__iter__": "cannot be looped over",
    "__contains__": "cannot be searched",
    "__getitem__": "has no letters yet",
    "__int__": "is no number yet",
    "__float__": "is no number yet",
    "__index__": "is no number yet",
    "__mul__": "cannot be multiplied",
    "__rmul__": "cannot be multiplied",
    "__mod__": "cannot be a format for %",
    "__eq__": "cannot be compared",
    "__ne__": "cannot be compared",
    "__lt__": "cannot be compared",
    "__le__": "cannot be compared",
    "__gt__": "cannot be compared",
    "__ge__": "cannot be compared",
}


def _refusal(why: str) -> Any:
    def method(self: Reference, *given: object, **named: object) -> NoReturn:
        refuse(self, why)

    return method


for _name, _why in _KNOWN_ONLY.items():
    setattr(Reference, _name, _refusal(_why))
for _name in dir(str):
    if not _name.startswith("_"):
        setattr(Reference, _name, _refusal(f"has no {_name}(): it cannot be changed or looked at"))
Reference.__hash__ = str.__hash__  # type: ignore[method-assign]
