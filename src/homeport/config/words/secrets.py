"""Words for secrets: values that are never shown."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar, overload

from homeport.config.words import expect, places
from homeport.config.words.mistakes import fail, note, wrong_type
from homeport.config.words.references import Reference, token
from homeport.config.words.values import need_plain
from homeport.kit.suggest import did_you_mean

D = TypeVar("D")


class Source:
    """Where a secret's value comes from, made by ``file()``, ``environ()``, ``password()`` or ``key()``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data


def file(path: str | os.PathLike[str]) -> Source:
    """A secret that is the content of a file.

    Args:
        path: The file, relative to the one that says it.
    """
    return Source({"file": _path(path, "path")})


def environ(name: str) -> Source:
    """A secret from the environment of the shell that starts Homeport.

    Args:
        name: The name of the variable.
    """
    return Source({"environ": need_plain(name, "name", "the name of an environment variable")})


def password(*, length: int = 32, file: str | os.PathLike[str] | None = None) -> Source:
    """A secret that is made once per instance: random letters and digits.

    Args:
        length: How many characters.
        file: A file that holds it instead, when it is there.
    """
    data: dict[str, Any] = {"generate": "password", "length": expect.whole(length, "length", 8, 1024)}
    return Source({**data, "file": _path(file, "file")} if file is not None else data)


def key(kind: Literal["es256"], *, file: str | os.PathLike[str] | None = None) -> Source:
    """A private key that is made once per instance, as PEM text.

    Args:
        kind: ``"es256"``: an elliptic-curve key (P-256) that signs tokens.
        file: A file that holds it instead, when it is there.
    """
    data: dict[str, Any] = {"generate": expect.one_of(kind, "kind", ("es256",))}
    return Source({**data, "file": _path(file, "file")} if file is not None else data)


def _path(given: object, argument: str) -> str:
    return places.resolve(expect.path(given, argument))


class SecretValue(Reference):
    """A secret value: a reference that is never shown."""

    __slots__ = ("_path",)
    _path: Reference

    @classmethod
    def _of(cls, node: str, entry: str) -> SecretValue:
        """Return the reference to one value of a secret or a ``.env`` file."""
        made = cls(token(node, f"value:{entry}"))
        made._path = Reference(token(node, f"path:{entry}"))
        return made

    @property
    def path(self) -> Reference:
        """The path of a file that only this user can read and that holds the value."""
        return self._path


class Values(Mapping[str, SecretValue]):
    """References by name; a name that there is not is a mistake at its line."""

    __slots__ = ("_name", "_nothing", "_values")

    def __init__(self, name: str, entries: Iterable[str], nothing: str = "") -> None:
        self._name = name
        self._values = {entry: SecretValue._of(name, entry) for entry in entries}
        self._nothing = nothing

    def __getitem__(self, name: str) -> SecretValue:
        if name not in self._values:
            hint = did_you_mean(str(name), self._values, self._nothing.format(name))
            fail(f'"{self._name}" has no value "{name}"', hint=hint, literal=name)
        return self._values[name]

    @overload
    def get(self, name: str, /) -> SecretValue | None: ...
    @overload
    def get(self, name: str, /, default: SecretValue | D) -> SecretValue | D: ...
    def get(self, name: str, /, default: object = None) -> object:
        """The value of that name, or the default when there is none.

        Args:
            name: The name.
            default: What to take instead.
        """
        return self._values.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Secret(Values):
    """Several secret values under one name: ``jwt["es256.key"]`` is one of them."""

    __slots__ = ()

    def __str__(self) -> str:  # noqa: PLE0307 - it never returns
        fail(f'the secret "{self._name}" has several values', hint="choose one by its name in brackets")


def emit_sources(given: object) -> dict[str, Any]:
    """Return the data of a secret's values; a single source is called ``value``."""
    if isinstance(given, Source):
        return {"value": given._data}
    if not isinstance(given, Mapping):
        wrong_type("source", "file(…), environ(…), password(…), key(…), or a dictionary of them", given)
        return {}
    found = {}
    for entry, source in given.items():
        if not isinstance(source, Source) or not isinstance(entry, str):
            wrong_type("source", "names with file(…), environ(…), password(…) or key(…)", source)
        else:
            found[entry] = source._data
    if not given:
        note("the secret has no values", hint='give it one: {"name": password()}', argument="source")
    return found
