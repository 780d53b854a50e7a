"""What the stores have in common: how their launcher is called, and passwords."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeport.config.words.images import Image
from homeport.config.words.references import Reference, token
from homeport.config.words.values import Plain


def launcher(store: str, *arguments: Plain, settings: Mapping[str, Plain] | None = None) -> Sequence[Plain]:
    """Return the command that prepares a store's folder and becomes its server (see ``launch/README.md``)."""
    python = Reference(token("", "homeport:python", soft=True))
    program = Reference(token("", f"launcher:{store}", soft=True))
    chosen = [part for name, value in (settings or {}).items() for part in ("--set", f"{name}={value}")]
    return [python, "-I", program, *arguments, *chosen]


def quoted(name: str) -> str:
    """Return a user's or database's name as it stands in an address."""
    if name.isalnum():
        return name
    from urllib.parse import quote

    return quote(name, safe="")


def image_of(
    name: str, usual: str, version: str | None, chosen: str | Image | None, *, flavour: str = "alpine"
) -> str | Image:
    """Return the image of a store: the chosen one, else the public one of that version, else of the ``usual`` one."""
    return f"{name}:{version or usual}-{flavour}" if chosen is None else chosen
