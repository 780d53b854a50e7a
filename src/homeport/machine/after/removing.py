"""Removing folders for good, also what programs left closed to writing."""

import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from homeport.model.errors import OutsideError


def removed(path: Path) -> bool:
    """Remove a folder, also where programs left parts that are closed to writing; whether it is gone. Links are not followed."""
    shutil.rmtree(path, ignore_errors=True)
    if not os.path.lexists(path):
        return True
    for at, folders, _ in os.walk(path):
        for each in (at, *(os.path.join(at, name) for name in folders)):
            _open_up(each)
    shutil.rmtree(path, ignore_errors=True)
    return not os.path.lexists(path)


def refusing(paths: Iterable[Path]) -> list[str]:
    """Remove folders; return those that could not be."""
    return [str(path) for path in paths if not removed(path)]


def insist(refused: Sequence[str], command: str) -> None:
    """Raise OutsideError when something could not be removed. ``command`` is what to say again once it can be."""
    if refused:
        more = f", nor {len(refused) - 1} more" if refused[1:] else ""
        raise OutsideError(
            f'"{refused[0]}" could not be removed{more}',
            hint=f"it belongs to another user: remove it as that user, then `{command}` again",
        )


def _open_up(folder: str) -> None:
    found = os.lstat(folder)
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
        os.chmod(folder, 0o700)
