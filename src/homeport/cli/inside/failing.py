"""Why files could not be copied, said in the same way of pods and of containers of this machine."""

import posixpath
import shlex

from homeport.model.errors import OutsideError


def unwritten(path: str) -> str:
    """Return the beginning of a sentence about what could not be put into a container."""
    return f'"{path}" could not be written'


def unread(path: str) -> str:
    """Return the beginning of a sentence about what could not be taken out of a container."""
    return f'"{path}" could not be read'


def failed(what: str, said: str) -> OutsideError:
    """Return the error for what a program ``said`` while it copied."""
    return OutsideError(f"{what}: {said}", hint="see whether that path is right and may be used in the container")


def no_folder(folder: str, called: str) -> OutsideError:
    """Return the error for a target that is in no folder of the container, which is ``called`` so on a command line."""
    return OutsideError(
        f'"{folder}" is not a folder in the container',
        hint=f"make it first: homeport exec {called} -- mkdir -p {shlex.quote(folder)}",
    )


def name_of(path: str) -> str:
    """Return what a file or folder of a container is called. Raises OutsideError for a path that names none."""
    name = posixpath.basename(posixpath.normpath(path))
    if name in ("", ".", ".."):
        raise OutsideError(f'"{path}" has no name of its own', hint="name a file or folder in the container")
    return name
