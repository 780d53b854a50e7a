"""The command with which this system's package manager brings a program."""

import sys
from collections.abc import Mapping

from homeport.adapters.tools.path import folders_of, program

_INSTALL = {
    "apt-get": "apt-get install",
    "dnf": "dnf install",
    "apk": "apk add",
    "pacman": "pacman -S",
    "brew": "brew install",
}


def install(search_path: str, names: Mapping[str, str]) -> str:
    """Return the command of the first package manager on the PATH; ``names`` has ``""`` for those that are not named."""
    folders = folders_of(search_path)
    usual = "brew" if sys.platform == "darwin" else "apt-get"
    manager = next((name for name in _INSTALL if program(name, folders)), usual)
    return f"{_INSTALL[manager]} {names.get(manager, names[''])}"
