"""The secret values that a stack file may know, read anew: so that what is told about the file does not quote one.

A house knows its values from its vault. Here there is none yet: a file is evaluated before anything runs.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping

from homeport.kit import dotenv
from homeport.kit.secrecy import passwords_in, why_secret
from homeport.model.hiding import Hiding, hidden_in
from homeport.model.nodes import EnvFile, Node, Secret

_LARGEST = 1 << 20
"""Bytes of a file that are read; no secret is longer."""
_SAID = re.compile(r"""([A-Za-z_][\w.\-]*)["']?\]?[ \t]*[:=][ \t]*[rRbBfFuU]{0,2}(["'])((?:(?!\2)[^\n\\])+)\2""")
"""A name and a literal: ``TOKEN="…"``, ``"TOKEN": "…"``."""
_SOURCE = re.compile(r"""\b(environ|file)\(\s*(?:name=|path=)?["']([^"'\n]+)["']""")
"""Where a secret comes from."""


def hidden_by(nodes: Iterable[Node], root: str, options: Mapping[str, str], environ: Mapping[str, str]) -> list[Hiding]:
    """Return every secret that can be read without making one: files, variables, options, literals. Nothing is raised."""
    nodes = tuple(nodes)
    found = [*hidden_in(nodes, options, environ)]
    for node in nodes:
        if isinstance(node, EnvFile):
            found += _of_settings(node.name, os.path.join(root, node.path), environ, node.secret)
        elif isinstance(node, Secret):
            found += _of_secret(node, root, environ)
    return found


def hidden_near(file: str, options: Mapping[str, str], environ: Mapping[str, str]) -> list[Hiding]:
    """Return the secrets that a file which declared nothing may know.

    Those of the shell, of ``.env`` files beside it, and of the sources that its text names: ``environ("…")``, ``file("…")``.
    """
    found = [*hidden_in((), {}, environ)]
    for word, named in _SOURCE.findall(_read(file).decode("utf-8", "replace")):
        path = os.path.join(os.path.dirname(file), named)
        value = environ.get(named, "") if word == "environ" else _line_of(path)
        found += [Hiding(named, "value", "declared", value)] if value else []
    found += [Hiding(name, "value", "its name", value) for name, value in options.items() if why_secret(name, value)]
    try:
        beside = [entry.path for entry in os.scandir(os.path.dirname(file)) if entry.name.startswith(".env")]
    except OSError:
        beside = []
    for path in sorted(beside):
        found += _of_settings(os.path.basename(path), path, environ, ())
    return found


def hidden_said(source: str, file: str) -> Iterator[Hiding]:
    """Yield what a source line may show: literals that a secret name is given to, and passwords in URLs."""
    for match in _SAID.finditer(source):
        name, _, value = match.groups()
        why = why_secret(name, value)
        if why is not None:
            yield Hiding(os.path.basename(file), name, why, value)
    for password in passwords_in(source):
        yield Hiding(os.path.basename(file), "password", "a password in a URL", password)


def _of_settings(name: str, path: str, environ: Mapping[str, str], declared: tuple[str, ...]) -> Iterator[Hiding]:
    data = _read(path)
    try:
        values = dotenv.parse(data, environ)
    except dotenv.Unreadable:
        values = dict(_roughly(data))
    for entry, value in values.items():
        why = why_secret(entry, value, entry in declared) if value else None
        if why is not None:
            yield Hiding(name, entry, why, value)


def _roughly(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the assignments of a file that has a mistake somewhere."""
    for line in data.decode("utf-8", "replace").splitlines():
        name, equals, value = line.partition("=")
        if equals:
            yield name.removeprefix("export ").strip(), value.strip().strip("\"'")


def _of_secret(node: Secret, root: str, environ: Mapping[str, str]) -> Iterator[Hiding]:
    for name, source in node.entries.items():
        value = environ.get(source.environ, "") if source.environ is not None else ""
        if not value and source.file is not None:
            value = _line_of(os.path.join(root, source.file))
        if value:
            yield Hiding(node.name, name, "declared", value)


def _line_of(path: str) -> str:
    return _read(path).decode("utf-8", "surrogateescape").strip("\r\n")


def _read(path: str) -> bytes:
    try:
        # A pipe in the place of a file would hold up whoever opens it.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return b""
        with open(path, "rb") as content:
            return content.read(_LARGEST)
    except OSError:
        return b""
