"""Plain data as YAML that every reader takes for the same: YAML 1.1, YAML 1.2 and JSON agree on each word of it."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from msgspec import json

_PLAIN = re.compile(r"[A-Za-z_/][\w./@+-]*(?::[\w./@+-]+)*", re.ASCII)
"""Words that need no quotes, unless they are among the next."""
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "none"])
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_BLOCK = re.compile(r"(?=[^\n \t])[^\t]*", re.DOTALL)
_INDENT = "  "


def documents(objects: Iterable[dict[str, Any]]) -> str:
    """Return objects as one text of several documents."""
    return "---\n".join(map(document, objects))


def document(made: dict[str, Any]) -> str:
    """Return one object as YAML, its fields in their order."""
    lines: list[str] = []
    _mapping(made, "", lines)
    return "\n".join(lines) + "\n"


def _mapping(found: dict[str, Any], indent: str, lines: list[str]) -> None:
    for name, value in found.items():
        if isinstance(value, str) and "\n" not in value:  # by far the most
            lines.append(f"{indent}{_text(name)}: {_text(value)}")
        else:
            _entry(f"{indent}{_text(name)}:", value, indent, lines)


def _entry(head: str, value: Any, indent: str, lines: list[str]) -> None:
    if isinstance(value, dict) and value:
        lines.append(head)
        _mapping(value, indent + _INDENT, lines)
    elif isinstance(value, list) and value:
        lines.append(head)
        _sequence(value, indent, lines)
    elif isinstance(value, str) and "\n" in value:
        _long(head, value, indent + _INDENT, lines)
    else:
        lines.append(f"{head} {_scalar(value)}")


def _sequence(found: list[Any], indent: str, lines: list[str]) -> None:
    for value in found:
        at = len(lines)
        if isinstance(value, dict) and value:
            _mapping(value, indent + _INDENT, lines)
            lines[at] = f"{indent}- {lines[at][len(indent) + 2 :]}"
        elif isinstance(value, list) and value:
            lines.append(f"{indent}-")
            _sequence(value, indent + _INDENT, lines)
        else:
            _entry(f"{indent}-", value, indent, lines)


def _long(head: str, text: str, indent: str, lines: list[str]) -> None:
    """Write a text of several lines as one where that is exact, else in quotes."""
    body = text.rstrip("\n")
    rest = len(text) - len(body)
    if not body or _UNPRINTABLE.search(text) or not _BLOCK.fullmatch(body):
        lines.append(f"{head} {_quoted(text)}")
        return
    lines.append(f"{head} {('|-', '|')[rest] if rest < 2 else '|+'}")
    lines.extend(indent + line if line else "" for line in body.split("\n"))
    lines.extend([""] * (rest - 1))


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int):
        return json.encode(value).decode()
    if isinstance(value, float):
        return _number(value)
    return "{}" if isinstance(value, dict) else "[]"


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    # YAML 1.1 wants a point, and a sign in the exponent.
    mantissa, e, exponent = text.partition("e")
    if not e:
        return text
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent if exponent[0] in '+-' else '+' + exponent}"


@lru_cache(4096)
def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    if _UNPRINTABLE.search(text):
        return '"' + "".join(_escaped(letter) for letter in text) + '"'
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if letter == "\n" or letter == "\t" or _UNPRINTABLE.match(letter):
        return f"\\u{ord(letter):04x}"
    return letter
