"""Settings from a ``.env`` file: a mapping of references, whose names are known and whose values are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homeport.config.words.mistakes import fail, note, noted
from homeport.config.words.secrets import SecretValue
from homeport.kit import dotenv
from homeport.kit.suggest import did_you_mean


class Settings(Mapping[str, SecretValue]):
    """The names of a ``.env`` file and references to their values: ``env={**settings, "LEVEL": settings["LOG"]}``."""

    __slots__ = ("_names", "_node")

    def __init__(self, node: str, names: Mapping[str, object]) -> None:
        self._node = node
        self._names = {name: SecretValue.of(node, name) for name in names}

    def __getitem__(self, name: str) -> SecretValue:
        if name not in self._names:
            fail(
                f'"{self._node}" has no setting "{name}"',
                hint=did_you_mean(str(name), self._names, f"add a line {name}=… to it"),
                literal=name,
            )
        return self._names[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def names_in(path: str, shown: str, *, optional: bool) -> dict[str, str]:
    """Return the names that a ``.env`` file has; notes a mistake when it cannot be read."""
    try:
        with open(path, "rb") as content:
            return dict.fromkeys(dotenv.parse(content.read()), "")
    except FileNotFoundError:
        if not optional:
            note(f'there is no file "{shown}"', hint="create it, or say optional=True", argument="path", literal=shown)
    except dotenv.Unreadable as error:
        note(f'"{shown}" cannot be read: {error.what}', hint="a line is NAME=value, in UTF-8")
        noted[-1].update(file=path, line=error.line, span=(error.line, error.line, error.column - 1, -1))
    except OSError as error:
        note(f'"{shown}" cannot be read: {error.strerror or error}', argument="path", literal=shown)
    return {}
