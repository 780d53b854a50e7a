"""What a check gets and what it gives."""

from typing import Literal

from msgspec import Struct

from homeport.cli.call import Call
from homeport.machine.folders import Folders


class Look(Struct, frozen=True):
    """What a check looks at. ``socket``: of the running house of this stack, if there is one."""

    call: Call
    folders: Folders
    file: str | None
    socket: str | None


class Finding(Struct, frozen=True, omit_defaults=True):
    """One thing found: ``fix`` is what to do about it, when something is wrong."""

    check: str
    verdict: Literal["ok", "warning", "failed"]
    said: str
    fix: str | None = None
