"""From the rules of a graph to what both watchers and the digest match with."""

from collections.abc import Mapping, Sequence

from homeport.adapters.files.gitfiles import gitignore_lines, is_repository, repository
from homeport.kit.ignores import Ignores
from homeport.kit.rulebook import Rule, Rulebook
from homeport.model.parts import Files


def rulebook(rules: Mapping[str, Sequence[Files]]) -> Rulebook:
    """Prepare the rules for matching."""
    return Rulebook(
        Rule(name, each.base, each.patterns, each.ignore) for name, every in rules.items() for each in every
    )


def ignores(book: Rulebook) -> Ignores:
    """Prepare the ``.gitignore`` files of the folders that the rules belong to."""
    floors = {base for base in book.bases if repository(base) is None}
    return Ignores(gitignore_lines, is_repository, floors)
