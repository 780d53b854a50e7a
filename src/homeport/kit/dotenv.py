r"""Reading ``.env`` files. Standard library alone, because the evaluation child reads them too.

Accepted: ``NAME=value``, ``export NAME=value``, blank lines, ``#`` comments (after a value: with a blank before). Unquoted
values end with the line; ``'single quotes'`` are literal; ``"double quotes"`` know ``\n \r \t \" \\ \$``. Both may hold line
ends. ``${NAME}`` and ``${NAME:-default}`` in unquoted and double-quoted values are replaced by an earlier value of the file,
else of the environment, else by the default or nothing. A name given twice has its last value.
"""

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$", "'": "'"}


class Unreadable(ValueError):
    """A line that cannot be read: ``what`` is wrong, at ``line`` and ``column`` (from 1); never shows a value."""

    def __init__(self, what: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {what}")
        self.what = what
        self.line = line
        self.column = column


def parse(data: bytes, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the values of a file by name, in the order of the file. Raises Unreadable at the first mistake."""
    return _Reader(_decode(data), environ or {}).read()


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        bad = error.object[error.start]
        raise Unreadable(f"byte 0x{bad:02x} is not UTF-8; save the file as UTF-8", line, column) from None
    zero = text.find("\0")
    if zero >= 0:
        raise Unreadable("a NUL byte cannot be part of an environment value", *_place(text, zero))
    return text.replace("\r\n", "\n")


def _place(text: str, at: int) -> tuple[int, int]:
    """Return the line and column of a place in the text."""
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


class _Reader:
    """Walks over the text once."""

    def __init__(self, text: str, environ: Mapping[str, str]) -> None:
        self._text = text
        self._at = 0
        self._environ = environ
        self._values: dict[str, str] = {}

    def read(self) -> dict[str, str]:
        """Read every line."""
        while self._skip_empty():
            self._assignment()
        return self._values

    def _skip_empty(self) -> bool:
        """Go to the next assignment; False at the end."""
        while self._at < len(self._text):
            if self._text[self._at] in " \t\n\r\f":
                self._at += 1
            elif self._text[self._at] == "#":
                self._at = self._line_end()
            else:
                return True
        return False

    def _assignment(self) -> None:
        exported = re.compile(r"export[ \t]+").match(self._text, self._at)
        if exported:
            self._at = exported.end()
        name = _NAME.match(self._text, self._at)
        if name is None:
            raise self._error("a name is expected: letters, digits and underscores, not beginning with a digit")
        self._at = name.end()
        self._blanks()
        if not self._text.startswith("=", self._at):
            # Not the word itself: a token that was pasted alone looks like a name.
            raise self._error('"=" is expected after the name')
        self._at += 1
        self._blanks()
        self._values.pop(name.group(), None)
        self._values[name.group()] = self._value()

    def _value(self) -> str:
        quote = self._text[self._at : self._at + 1]
        if quote not in ("'", '"') or not quote:
            return self._bare()
        start = self._at
        value = self._single(start) if quote == "'" else self._double(start)
        self._blanks()
        rest = self._text[self._at : self._line_end()]
        if rest and not rest.startswith("#"):
            raise self._error("nothing but a comment may follow the closing quote")
        return value

    def _bare(self) -> str:
        raw = self._text[self._at : self._line_end()]
        comment = re.compile(r"(?:^|[ \t])#").search(raw)
        self._at += len(raw)
        return self._fill((raw[: comment.start()] if comment else raw).strip())

    def _single(self, start: int) -> str:
        end = self._text.find("'", start + 1)
        if end < 0:
            raise self._error("the single quote is never closed", start)
        self._at = end + 1
        return self._text[start + 1 : end]

    def _double(self, start: int) -> str:
        """Read up to the closing quote; pieces between escapes are filled in."""
        parts: list[str] = []
        at = piece = start + 1
        while at < len(self._text):
            sign = self._text[at]
            if sign == '"':
                parts.append(self._fill(self._text[piece:at]))
                self._at = at + 1
                return "".join(parts)
            if sign == "\\" and at + 1 < len(self._text):
                parts.append(self._fill(self._text[piece:at]))
                follows = self._text[at + 1]
                parts.append(_ESCAPES.get(follows, "\\" + follows))
                at = piece = at + 2
            else:
                at += 1
        raise self._error("the double quote is never closed", start)

    def _fill(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            known = self._values.get(match[1], self._environ.get(match[1]))
            # As in the shell: with ":-" an empty value counts as none.
            return (known or match[2]) if match[2] is not None else (known or "")

        return _REFERENCE.sub(value, text) if "${" in text else text

    def _blanks(self) -> None:
        while self._text[self._at : self._at + 1] in (" ", "\t"):
            self._at += 1

    def _line_end(self) -> int:
        end = self._text.find("\n", self._at)
        return len(self._text) if end < 0 else end

    def _error(self, what: str, at: int | None = None) -> Unreadable:
        return Unreadable(what, *_place(self._text, self._at if at is None else at))
