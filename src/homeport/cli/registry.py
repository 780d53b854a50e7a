"""Where a stack's house listens, read straight from the machine's files.

``homeport.machine`` owns these files and does everything else with them; this only reads, without the libraries that
would make ``status`` slow. A test holds both against each other.
"""

import json
import os
from collections.abc import Mapping
from typing import Any


def state_folder(environ: Mapping[str, str]) -> str:
    """Return the folder in which Homeport keeps what outlives everything."""
    told = environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(told):
        told = os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".local", "state")
    return os.path.join(told, "homeport")


def names_of(state: str, file: str | None, instance: str | None) -> list[str]:
    """Return the instances of a stack file (None: of any), or the one that was chosen by name; the newest first."""
    found = _read(os.path.join(state, "instances.json"))
    entries = [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
    place = _place(file) if file is not None else None
    fits = [
        str(entry["name"])
        for entry in entries
        if (place is None or _place(entry["file"]) == place)
        and (entry["name"] == instance if instance is not None else not entry.get("chosen"))
    ]
    return fits[::-1]


def _place(file: str) -> str:
    folder, base = os.path.split(os.path.abspath(file))
    return os.path.join(os.path.realpath(folder), base)


def socket_in(state: str, name: str) -> str | None:
    """Return the socket that the instance's house said to listen on; whether it still lives shows on connecting."""
    found = _read(os.path.join(state, "instances", _file_name(name), "house.json"))
    return (found.get("socket") or None) if isinstance(found, dict) else None


def _file_name(name: str) -> str:
    if name.replace("-", "").replace("_", "").isalnum() and name.isascii():
        return name
    from homeport.kit.filenames import file_name

    return file_name(name)


def _read(path: str) -> Any:
    try:
        with open(path, "rb") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None
