"""What a check gets."""

from msgspec import Struct

from homeport.cli.call import Call
from homeport.machine.instances.folders import Folders


class Look(Struct, frozen=True):
    """What a check looks at. ``socket``: of the running house of this stack, if there is one. ``fix``: mend what can be."""

    call: Call
    folders: Folders
    file: str | None
    socket: str | None
    fix: bool = False
