"""Which rules a path matches, prepared so that a path meets only the rules whose folders it lies in."""

import os.path
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from homeport.kit.globs import Glob, glob, literal_root, tidy
from homeport.kit.ignores import Ignores


class Rule(NamedTuple):
    """Lines in gitignore syntax that belong to the absolute folder ``base``, less ``ignore``, on behalf of ``name``."""

    name: str
    base: str
    patterns: tuple[str, ...]
    ignore: tuple[str, ...] = ()


class Scope:
    """The rules that share a root (the folder or file below which alone they can match), a base and an ignore list."""

    __slots__ = ("_cut", "_groups", "_ignore", "root")

    def __init__(self, root: str, base: str, ignore: tuple[str, ...]) -> None:
        self.root = root
        self._cut = len(base.rstrip("/")) + 1
        self._ignore = glob(ignore) if ignore else None
        self._groups: dict[tuple[str, ...], tuple[Glob, list[str]]] = {}

    def add(self, name: str, patterns: tuple[str, ...]) -> None:
        """Let ``name`` be told about matches of ``patterns``."""
        names = self._groups.setdefault(patterns, (glob(patterns), []))[1]
        if name not in names:
            names.append(name)

    def excludes(self, path: str, *, folder: bool = False) -> bool:
        """Whether the rules' own ignore list leaves out this path."""
        return self._ignore is not None and self._ignore.excludes(path[self._cut :], folder=folder)

    def names(self, path: str) -> Iterator[str]:
        """Yield the rules that the file at ``path`` matches; ``excludes`` is asked apart."""
        relative = path[self._cut :]
        for lines, names in self._groups.values():
            if lines.covers(relative):
                yield from names

    def everyone(self) -> Iterator[str]:
        """Yield all rules of this scope."""
        for _, names in self._groups.values():
            yield from names


class Rulebook:
    """All rules, by the roots that their patterns begin with."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.roots: dict[str, list[Scope]] = {}
        self.names: set[str] = set()
        self.bases: set[str] = set()
        self._known: dict[tuple[str, str, tuple[str, ...]], Scope] = {}
        self._above: dict[str, tuple[Scope, ...]] = {}
        for rule in rules:
            self._add(rule)

    def over(self, folder: str) -> tuple[Scope, ...]:
        """Return the scopes whose root is ``folder`` or lies above it."""
        known = self._above.get(folder)
        if known is None:
            parent = os.path.dirname(folder)
            known = (*self.roots.get(folder, ()), *(self.over(parent) if parent != folder else ()))
            self._above[folder] = known
        return known

    def names_for(self, path: str, ignores: Ignores) -> Iterator[str]:
        """Yield the rules that the file at ``path`` matches and is not ignored for; a name may come twice."""
        for scope in (*self.roots.get(path, ()), *self.over(os.path.dirname(path))):
            if not scope.excludes(path) and not ignores.below(scope.root, path):
                yield from scope.names(path)

    def _add(self, rule: Rule) -> None:
        self.names.add(rule.name)
        for base, patterns in _by_base(rule.base, rule.patterns).items():
            self.bases.add(base)
            ignore = _by_base(rule.base, rule.ignore).get(base, ())
            for root in _roots(patterns):
                self._scope(os.path.join(base, root) if root else base, base, ignore).add(rule.name, patterns)

    def _scope(self, root: str, base: str, ignore: tuple[str, ...]) -> Scope:
        scope = self._known.get((root, base, ignore))
        if scope is None:
            scope = self._known[root, base, ignore] = Scope(root, base, ignore)
            self.roots.setdefault(root, []).append(scope)
        return scope


def _by_base(base: str, lines: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Sort lines by the folder that they speak of: one that begins with ``../`` speaks of the folder above its base."""
    sorted_lines: dict[str, tuple[str, ...]] = {}
    for line in map(tidy, lines):
        sign, rest = ("!", line[1:]) if line.startswith("!") else ("", line)
        place = base.rstrip("/") or "/"
        while rest.startswith("../"):
            place, rest = os.path.dirname(place), "/" + rest.removeprefix("../").lstrip("/")
            rest = rest[1:] if rest.startswith("/../") else rest
        sorted_lines[place] = (*sorted_lines.get(place, ()), sign + rest)
    return sorted_lines


def _roots(patterns: tuple[str, ...]) -> set[str]:
    """Return the folders or files, relative to the base, below which the patterns can match; none within another."""
    all_roots = {literal_root(line)[0] for line in patterns if line.strip() and line[0] not in "!#"}
    return {root for root in all_roots if not any(root != other and _within(root, other) for other in all_roots)}


def _within(path: str, folder: str) -> bool:
    return not folder or path.startswith(folder + "/")
