"""Mistakes as text: what is wrong, where, the line with the wrong part underlined, and what to do next. Pure."""

import os
from collections.abc import Sequence

from homeport.model.errors import Mistake


def show(mistakes: Sequence[Mistake], *, root: str = "") -> str:
    """Return all mistakes as plain text. Files below ``root`` are written relative to it."""
    return "\n\n".join(show_one(mistake, root) for mistake in mistakes)


def show_one(mistake: Mistake, root: str = "") -> str:
    """Return one mistake as lines of plain text."""
    lines = [mistake.what]
    if mistake.file is not None:
        place = [_shown(mistake.file, root), mistake.line, mistake.column]
        lines.append("  --> " + ":".join(str(part) for part in place if part is not None))
    if mistake.source is not None and mistake.line is not None:
        lines.extend(_underlined(mistake, mistake.source))
    if mistake.hint:
        lines.extend(
            f"  try: {line}" if not index else f"       {line}" for index, line in enumerate(mistake.hint.split("\n"))
        )
    return "\n".join(lines)


def _underlined(mistake: Mistake, source: str) -> list[str]:
    number = str(mistake.line)
    margin = " " * len(number)
    lines = [f"  {number} | {source.rstrip()}"]
    if mistake.column is not None:
        # Tabs stay tabs, so that the caret stands below the right letter whatever a tab is wide.
        before = "".join("\t" if letter == "\t" else " " for letter in source[: mistake.column - 1])
        width = max(1, (mistake.end or mistake.column + 1) - mistake.column)
        lines.append(f"  {margin} | {before}{'^' * width}")
    return lines


def _shown(file: str, root: str) -> str:
    return os.path.relpath(file, root) if root and file.startswith(root.rstrip(os.sep) + os.sep) else file
