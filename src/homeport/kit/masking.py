"""Masking secret values in bytes, whatever form they were written in.

A value is found raw, in base64 (both alphabets, at each of the three alignments inside a longer text, wrapped at the usual
widths), URL-escaped and JSON-escaped. Values of several lines (PEM keys) are found by their lines, since logs are lines.
Matching works on bytes, because logs need not be valid text.
"""

import base64
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote, quote_plus

Secrets = Mapping[str, str] | Collection[str]
"""Values with the names they are shown by (``""``: unknown), or values alone."""

SHORTEST = 6
"""Shorter forms are not searched for: they would hide innocent text everywhere."""

_UNICODE = re.compile(r"\\u([0-9a-f]{4})")
_DOTNET = frozenset("\"&'+<>`")
_WRAPS = (64, 76)
_URL_SAFE = ("", "/", "!'()*", ";,/?:@&=+$!'()*", "/:@!$&'()*+,;=")


def forms_of(value: str) -> frozenset[bytes]:
    """Return every byte string by which ``value`` may appear in a line of output."""
    found: set[bytes] = set()
    for text in {value, *value.splitlines()}:
        found.update(form.encode("utf-8", "surrogateescape") for form in (*_json_forms(text), *_url_forms(text)))
        found.update(_base64_forms(text.encode("utf-8", "surrogateescape")))
    return frozenset(form for form in found if len(form) >= SHORTEST and b"\n" not in form)


def _json_forms(text: str) -> Iterator[str]:
    """Yield the text raw and as the JSON writers of different languages escape it, once and twice."""
    yield text
    for plain in (json.dumps(_clean(text)), json.dumps(_clean(text), ensure_ascii=False)):
        slashed = plain.replace("/", "\\/")
        safe = plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        for form in (plain, slashed, safe, safe.replace("'", "\\u0027")):
            yield form[1:-1]
            yield _upper(form[1:-1])
        yield json.dumps(plain)[3:-3]
    # .NET escapes more than it must, in upper case.
    yield _upper("".join(f"\\u{ord(sign):04x}" if sign in _DOTNET else json.dumps(sign)[1:-1] for sign in _clean(text)))
    yield repr(text)[1:-1]


def _url_forms(text: str) -> Iterator[str]:
    """Yield the text as URLs carry it: by the escaping rules in use, in upper and lower case."""
    data = text.encode("utf-8", "surrogateescape")
    for safe in _URL_SAFE:
        upper = quote(data, safe=safe)
        yield upper
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match.group().lower(), upper)
    for form in (quote_plus(data), quote_plus(data, safe="*").replace("~", "%7E")):
        yield form
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match.group().lower(), form)


def _base64_forms(data: bytes) -> Iterator[bytes]:
    """Yield what of a base64 text depends on ``data`` alone, for each alignment, whole and wrapped in lines."""
    for before in range(3):
        first = (0, 2, 3)[before]
        encoded = base64.b64encode(b"\0" * before + data)[first : (len(data) + before) * 8 // 6]
        rows = [encoded]
        if before == 0:
            rows += [encoded[at : at + wrap] for wrap in _WRAPS for at in range(0, len(encoded), wrap)]
        for row in rows:
            if len(row) >= min(SHORTEST + 2, len(encoded)):
                yield row
                yield row.translate(bytes.maketrans(b"+/", b"-_"))


def _upper(text: str) -> str:
    """Return JSON with its escapes in upper case."""
    return _UNICODE.sub(lambda found: "\\u" + found[1].upper(), text)


def _clean(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class _Known(NamedTuple):
    """What to look for: replaced as a whole, because output may come from several threads."""

    source: Secrets | None = None
    names: Mapping[bytes, bytes] = {}
    forms: tuple[bytes, ...] = ()
    pattern: re.Pattern[bytes] | None = None


class Mask:
    """Replaces secret values by ``[secret NAME]``.

    ``source`` gives the values at any time; it is asked at each use, and should return the *same object* while nothing has
    changed, because only another object is read again.
    """

    def __init__(self, source: Callable[[], Secrets]) -> None:
        self._source = source
        self._known = _Known()

    def apply(self, data: bytes) -> bytes:
        """Return ``data`` with every form of every secret replaced."""
        known = self._learned()
        # Searching form by form beats one alternation by five to ten times; the pattern only runs on what is guilty.
        if known.pattern is None or not any(form in data for form in known.forms):
            return data
        return known.pattern.sub(lambda match: known.names[match.group()], data)

    def text(self, text: str) -> str:
        """Return ``text`` with every form of every secret replaced."""
        return self.apply(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")

    def safe_until(self, data: bytes) -> int:
        """Return up to where unfinished ``data`` is free of what may become a secret when more follows.

        No secret that is already whole lies across that place.
        """
        known = self._learned()
        start = min((_begun(data, form) for form in known.names), default=len(data))
        if known.pattern is not None and start < len(data):
            for match in known.pattern.finditer(data):
                if match.start() < start < match.end():
                    return match.start()
        return start

    def _learned(self) -> _Known:
        secrets = self._source()
        if secrets is not self._known.source:
            self._known = _learn(secrets)
        return self._known


def _learn(secrets: Secrets) -> _Known:
    named = secrets.items() if isinstance(secrets, Mapping) else ((value, "") for value in secrets)
    names: dict[bytes, bytes] = {}
    for value, name in sorted(named):
        shown = f"[secret {name}]" if name else "[secret]"
        for form in forms_of(value):
            names.setdefault(form, shown.encode())
    # The longest first: a form that contains another one is hidden as a whole.
    longest_first = sorted(names, key=lambda form: (-len(form), form))
    pattern = re.compile(b"|".join(map(re.escape, longest_first))) if names else None
    return _Known(secrets, names, _shortest_cover(longest_first), pattern)


def _begun(data: bytes, form: bytes) -> int:
    """Return where at the end of ``data`` a form has begun that is not whole, or the end."""
    first = max(0, len(data) - len(form) + 1)
    at = data.find(form[:1], first)
    while at >= 0:
        if form.startswith(data[at:]):
            return at
        at = data.find(form[:1], at + 1)
    return len(data)


def _shortest_cover(forms: list[bytes]) -> tuple[bytes, ...]:
    """Return the forms that contain no other one: where none of these is, none of all is."""
    kept: list[bytes] = []
    for form in reversed(forms):
        if not any(shorter in form for shorter in kept):
            kept.append(form)
    return tuple(kept)


_NO_SECRETS: frozenset[str] = frozenset()
NOTHING = Mask(lambda: _NO_SECRETS)
"""Masks nothing."""
