"""Options: settings that people give by ``--set`` or ``homeport args``."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from homeport.config.words.mistakes import fail, note
from homeport.config.words.references import Reference, token

T = TypeVar("T", str, bool, int, float)

_NAMES: dict[type, str] = {str: "text", bool: "boolean", int: "integer", float: "number"}
_TRUTH = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


class Option(Reference, Generic[T]):
    """A setting that people give: a reference inside ``env`` and texts, and a plain value by ``.value``."""

    __slots__ = ("_name", "_value")
    _instead = "use its .value, which is known now"
    _name: str
    _value: T | None

    @classmethod
    def _of(cls, name: str, value: T | None) -> Option[T]:
        """Return the option that was declared."""
        made = cls(token(name, "value"))
        made._name = name
        made._value = value
        return made

    @property
    def value(self) -> T:
        """The value as it is now, with its type."""
        if self._value is None:
            fail(f'the option "{self._name}" has no value', hint=f"give one: --set {self._name}=…")
        return self._value


def type_name(kind: type) -> str | None:
    """Return what the model calls a type of option, or None for a type that no option has."""
    return _NAMES.get(kind)


def convert(text: str, kind: type) -> Any:
    """Return the value that a text given on the command line means. Raises ValueError with what was expected."""
    if kind is bool:
        if text.lower() not in _TRUTH:
            raise ValueError("true or false")
        return _TRUTH[text.lower()]
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            raise ValueError("a whole number" if kind is int else "a number") from None
    return text


def spell(value: object) -> str:
    """Return a value as the text that travels."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def given_value(name: str, given: str | None, kind: type, default: object, choices: list[str]) -> Any:
    """Return the value of an option now: the given one when it is right, else the default."""
    if given is None:
        return default
    try:
        value = convert(given, kind)
    except ValueError as error:
        note(f'the option "{name}" takes {error}, not "{given}"', hint=f"give another: --set {name}=…")
        return default
    if choices and spell(value) not in choices:
        listed = ", ".join(f'"{each}"' for each in choices)
        note(f'the option "{name}" is one of {listed}, not "{given}"', hint=f"give another: --set {name}=…")
        return default
    return value
