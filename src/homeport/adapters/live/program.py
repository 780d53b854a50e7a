"""The helper's program for an architecture: bytes that a container gets, and the digest by which they are known."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from msgspec import Struct

from homeport.model.errors import OutsideError

BIN: Final = Path(__file__).with_name("bin")
"""Where a build puts the programs (``helper/build.py``), and where they are in an installed Homeport."""

ARCHITECTURES: Final = {"amd64": "amd64", "x86_64": "amd64", "arm64": "arm64", "aarch64": "arm64"}
"""What nodes and engines call the architectures that there is a helper for."""


class Program(Struct, frozen=True):
    """A static Linux program; ``digest`` is its SHA-256 in hexadecimal digits."""

    architecture: str
    content: bytes
    digest: str


def helper_program(architecture: str, folder: Path = BIN) -> Program:
    """Return the helper for an architecture ("amd64", "arm64"); reads a file of some 80 KB the first time.

    Raises OutsideError when there is none for this architecture, or when it was not built.
    """
    name = ARCHITECTURES.get(architecture)
    if name is None:
        raise OutsideError(
            f'there is no helper for containers of the architecture "{architecture}", only for amd64 and arm64',
            hint="take the update rules (sync, run_after, restart_after) from its services; images are built anew then",
        )
    return _read(name, folder)


@lru_cache
def _read(name: str, folder: Path) -> Program:
    place = folder / f"homeport-helper-{name}"
    try:
        content = place.read_bytes()
    except OSError as error:
        raise OutsideError(
            f"the helper for containers of {name} was not built: {place}: {error.strerror}",
            hint="in a clone of Homeport: make helper; an installed Homeport brings it",
        ) from None
    return Program(name, content, sha256(content).hexdigest())
