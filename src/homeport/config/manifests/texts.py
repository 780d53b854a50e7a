"""A text with Kubernetes objects, and how its lines are told: of a file, or of what a command printed."""

import shlex
from typing import Any, Final

from msgspec import Struct

from homeport.model.errors import Mistake
from homeport.model.manifests import Manifests, Said
from homeport.model.parts import Exec

_LONGEST: Final = 80
"""Letters of a command, and of a line that it printed, that are told."""


class Text(Struct, frozen=True):
    """What is read: ``content`` of a ``file``; or what the command of a node printed, ``by`` which it is told."""

    content: str
    file: str
    by: Manifests | None = None

    def said(self, made: dict[str, Any], line: int) -> Said:
        """Return an object with the place that says it."""
        return Said(made, self.file, line) if self.by is None else Said(made, self.file, self.by.at.line, line)

    def mistake(self, what: str, line: int | None, column: int | None = None, hint: str | None = None) -> Mistake:
        """Return a mistake on a line of the text."""
        lines = self.content.splitlines()
        source = lines[line - 1] if line is not None and 0 < line <= len(lines) else None
        if "Secret" in self.content:  # however it is written; no line of a text with secrets is shown
            source = None
        if self.by is None:
            return Mistake(what, self.file, line, column, source=source, hint=hint or "mend the line")
        place = f", in line {line} of what it printed" if line is not None else ""
        quoted = f": {_cut(source.strip())}" if source else ""
        what = f'the command of "{self.by.name}" (`{_cut(command(self.by))}`): {what}{place}{quoted}'
        return Mistake(what, self.file, self.by.at.line, hint=hint or "run it by hand, and see what it prints")


def command(node: Manifests) -> str:
    """Return the command of a node as somebody would type it."""
    if node.run is None:
        return ""
    return shlex.join(map(str, node.run.argv)) if isinstance(node.run, Exec) else str(node.run.text)


def _cut(text: str) -> str:
    first = text.splitlines()[0] if text else ""
    return first if len(first) <= _LONGEST and first == text else f"{first[: _LONGEST - 1]}…"
