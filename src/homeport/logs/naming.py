"""Names of pens: the number of the run, and letters that tell runs with the same number apart: ``3``, ``3a``, … ``3aa``."""

from collections.abc import Iterator

_A = ord("a")
_LETTERS = 26


def next_letters(pen: str | None) -> str:
    """Return the letters after those of ``pen``; none when there is no pen yet."""
    return "" if pen is None else _letters(_place(pen.lstrip("0123456789")) + 1)


def names(run: int, letters: str) -> Iterator[str]:
    """Yield the names that a pen of this run may have, from ``letters`` on."""
    place = _place(letters)
    while True:
        yield f"{run}{_letters(place)}"
        place += 1


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * _LETTERS + ord(letter) - _A + 1
    return place


def _letters(place: int) -> str:
    letters = ""
    while place:
        place, rest = divmod(place - 1, _LETTERS)
        letters = chr(_A + rest) + letters
    return letters
