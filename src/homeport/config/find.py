"""Finding the stack file: by walking up from a folder, or as it was named.

Every command does this first, and ``status`` must be quick: the errors and their library are loaded by who needs one.
"""

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from homeport.model.errors import ConfigError

NAME: Final = "stack.py"


def find(start: str, named: str | None = None) -> str:
    """Return the absolute path of the stack file that ``start`` belongs to, or of the ``named`` one (``-f``).

    Raises ConfigError when there is none, or when it has the name of our package, which it would hide.
    """
    if named is not None:
        return _named(os.path.abspath(os.path.join(start, named)), named)
    folder = os.path.abspath(start)
    while True:
        file = os.path.join(folder, NAME)
        if os.path.isfile(file):
            return file
        above = os.path.dirname(folder)
        if above == folder:
            break
        folder = above
    raise _wrong(
        f'there is no {NAME} in "{start}" or any folder above it',
        "write one with: homeport init; or name another file: -f FILE; or see one run: homeport demo",
    )


def _named(file: str, said: str) -> str:
    if os.path.isdir(file):
        file = os.path.join(file, NAME)
    if os.path.basename(file) == "homeport.py":
        raise _wrong(
            f'"{said}" has the name of our package and would hide it', f"rename it, for example to {NAME}", file
        )
    if not os.path.isfile(file):
        raise _wrong(f'there is no file "{said}"', f"name a stack file: -f path/to/{NAME}")
    return file


def _wrong(what: str, hint: str, file: str | None = None) -> "ConfigError":
    from homeport.model.errors import ConfigError, Mistake

    return ConfigError([Mistake(what, file, hint=hint)])
