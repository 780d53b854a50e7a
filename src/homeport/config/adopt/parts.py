"""What a source found: parts of a stack, and sentences about what was found and what was guessed."""

import json
import re
from typing import Literal

from msgspec import Struct

Word = Literal["service", "task", "postgres", "redis", "valkey", "rabbitmq"]


class Use(Struct, frozen=True):
    """A value that refers to another part: ``name.attribute`` (``url``, ``address``, ``host``, ``port``)."""

    name: str
    attribute: str


class Part(Struct, frozen=True):
    """One declaration: ``arguments`` are keywords with their Python text, ``env`` values or uses of other parts.

    ``guess`` becomes a comment above it. ``node`` says that it needs Node.js.
    """

    name: str
    word: Word
    arguments: tuple[tuple[str, str], ...] = ()
    env: tuple[tuple[str, str | Use], ...] = ()
    needs: tuple[str, ...] = ()
    guess: str = ""
    node: bool = False

    @property
    def is_store(self) -> bool:
        """Whether a component makes it."""
        return self.word not in ("service", "task")


class Found(Struct, frozen=True):
    """What one source gives. ``said``: what was found; ``guessed``: what may be wrong; ``stack``: a name for all."""

    parts: tuple[Part, ...] = ()
    said: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    stack: str | None = None
    settings: str | None = None


def safe_name(text: str) -> str:
    """Return a name that a node may have: lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "app"


def code(value: object) -> str:
    """Return texts, and lists and mappings of them, as Python with double quotes (JSON's are the same)."""
    return json.dumps(value, ensure_ascii=False)
