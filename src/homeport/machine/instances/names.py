"""What instances are called, and which line of the registry a checkout has.

A name is a DNS label: it becomes part of host names, namespaces and tags, none of which knows capitals, dots or underscores.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence

from msgspec import Struct

from homeport.kit.labels import LONGEST, is_label
from homeport.model.errors import RefusedError

_UNSAFE = re.compile(r"[^a-z0-9]+")
RULE = "lower-case letters, digits and dashes, at most 63, a letter or digit at both ends"


class Entry(Struct, frozen=True, omit_defaults=True):
    """A line of the registry. ``chosen``: a person gave the name; it is not what the checkout gets by itself.

    ``inode`` is the number of the checkout's folder, which stays when it is moved; 0: not known.
    """

    name: str
    stack: str
    root: str
    file: str
    primary: bool = False
    chosen: bool = False
    inode: int = 0


def place_of(file: str | os.PathLike[str]) -> str:
    """Return one path for a stack file, by whatever links its folder was reached.

    The file itself is not followed: two checkouts may link to one shared stack file and are two all the same.
    """
    folder, base = os.path.split(os.path.abspath(file))
    return os.path.join(os.path.realpath(folder), base)


def is_gone(file: str | os.PathLike[str]) -> bool:
    """Whether a stack file does not exist any more; one that only cannot be seen now is not gone."""
    try:
        os.stat(file)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def inode_of(folder: str) -> int:
    """Return the number of a folder, 0 when there is none."""
    try:
        return os.stat(folder).st_ino
    except OSError:
        return 0


def checked(name: str) -> str:
    """Return a name that a person chose. Raises RefusedError when it cannot be one, with one that could."""
    if not is_label(name):
        tidy = fitted(_plain(name))
        raise RefusedError(
            f'"{name}" cannot be the name of an instance', hint=RULE + (f'; for example "{tidy}"' if tidy else "")
        )
    return name


def new_name(entries: Sequence[Entry], stack: str, file: str) -> str:
    """Return the name of a checkout that has none: the stack's own for the first, else with the folder's name.

    A second stack file of the same stack in one folder is called after the file.
    """
    taken = {entry.name for entry in entries}
    if stack not in taken and not any(entry.primary and entry.stack == stack for entry in entries):
        return stack
    folder, base = os.path.split(place_of(file))
    is_second = any(entry.stack == stack and not entry.chosen and entry.root == folder for entry in entries)
    after = _plain(os.path.splitext(base)[0] if is_second else os.path.basename(folder)) or "copy"
    return next(name for name in _numbered(f"{stack}-{after}") if name not in taken)


def _numbered(stem: str) -> Iterable[str]:
    yield fitted(stem)
    number = 2
    while True:
        yield fitted(stem, f"-{number}")
        number += 1


def fitted(stem: str, suffix: str = "") -> str:
    """Return both together, the stem cut so that it stays a DNS label."""
    return stem[: LONGEST - len(suffix)].rstrip("-") + suffix


def _plain(text: str) -> str:
    """Return what of a text may stand in a name: accents are dropped, everything else becomes a dash."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return _UNSAFE.sub("-", bare.lower()).strip("-")
