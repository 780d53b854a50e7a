"""Words such as ``--set NAME=VALUE``."""

from collections.abc import Sequence

from homeport.model.errors import RefusedError


def assignments(words: Sequence[str]) -> dict[str, str]:
    """Return ``name=value`` words as a mapping. Raises RefusedError for a word that is no assignment."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise RefusedError(f'"{word}" gives no option a value', hint=f"write {name or 'name'}=value")
        found[name] = value
    return found
