"""Guesses what a misspelt name was meant to be. Standard library alone."""

from collections.abc import Iterable


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` was probably meant to be, or None when none is close."""
    from difflib import get_close_matches  # only wrong names pay for this import

    by_folded = {each.casefold(): each for each in known}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str], nothing: str = "") -> str:
    """Return a hint: the closest name as a question, else the whole list when it is short, else ``nothing``."""
    names = sorted(set(known))
    guess = closest(name, names)
    if guess is not None:
        return f'did you mean "{guess}"?'
    if 0 < len(names) <= 12:
        return "known: " + ", ".join(f'"{each}"' for each in names)
    return nothing
