"""The sample that comes with Homeport."""

import shutil
from pathlib import Path

import homeport
from homeport.model.errors import OutsideError, RefusedError


def demo_folder() -> Path:
    """Return where the sample lies: in the installed package, else in the checkout. Raises OutsideError."""
    package = Path(homeport.__file__).parent
    for found in (package / "samples" / "demo", package.parent.parent / "examples" / "demo"):
        if (found / "stack.py").is_file():
            return found
    raise OutsideError("this installation came without the sample", hint="install homeport again from its wheel")


def copy_demo(where: Path) -> bool:
    """Copy the sample to a folder; return False when it is there already. Raises RefusedError for a folder in use."""
    sample = demo_folder()
    if where.exists() and not where.is_dir():
        raise RefusedError(f'"{where}" is not a folder', hint="name a folder: homeport demo FOLDER")
    there = {path.name for path in where.iterdir()} if where.exists() else set()
    if there and {path.name for path in sample.glob("*.py")} <= there:
        return False  # by its names, not its text: it is there to be changed
    if there:
        raise RefusedError(f'"{where}" is not empty', hint="name another folder: homeport demo FOLDER")
    try:
        shutil.copytree(
            sample, where, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".venv", "__pycache__", "node_modules")
        )
    except OSError as error:
        raise OutsideError(f'the sample cannot be copied to "{where}": {error}', hint="name another folder") from None
    return True
