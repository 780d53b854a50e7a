"""What the helper's error numbers mean. They are Linux's own, whatever this machine runs."""

from collections.abc import Sequence
from typing import Final

from homeport.model.errors import OutsideError
from homeport.ports.live import Done, NotApplied
from homeport.wire import helper as wire

_OWNER = "let the image's user own the folder, or name another user for the service"
_WORDS: Final = {
    1: ("it is not permitted there, or lies outside of what may be synced", _OWNER),
    2: ("it is not there", "see what the image holds"),
    7: ("it is too long", "shorten it"),
    13: ("the container's user may not write there", _OWNER),
    16: ("it is in use, such as by a mounted volume", "sync another folder"),
    17: ("it is there already", "remove it first"),
    3: ("the helper is not the container's first process", "start the service anew"),
    18: ("it would lead to another volume, or out of what may be synced", "sync to the folder that is meant"),
    20: ("a part of the path is no folder", "see what the image holds"),
    21: ("it is a folder there", "remove it first"),
    22: ("the path has an empty part, or one that is . or ..", "mend the path"),
    24: ("the helper has too many files open", "try again"),
    28: ("the volume is full", "give the container more storage"),
    30: ("the file system is read-only", "sync to a folder that is a volume, or allow a writable root"),
    36: ("the name is too long", "shorten it"),
    40: ("a part of the path is a symbolic link", "sync to the folder that the link leads to"),
    98: ("the port is taken in the container", "see which of its programs listens there"),
    111: ("nobody answers in the container", "see whether the helper is the container's first process"),
    122: ("the quota is used up", "give the container more storage"),
}


def sentence(ack: wire.Ack) -> tuple[str, str]:
    """Return why something was refused, and what to do."""
    return _WORDS.get(ack.errno, (ack.text or f"error {ack.errno}", "look into the container"))


def refused(what: str, ack: wire.Ack) -> OutsideError:
    """Return the error for something that the helper did not do."""
    why, hint = sentence(ack)
    return OutsideError(f"{what}: {why}", hint=hint)


def not_applied(path: str, ack: wire.Ack, done: Sequence[Done]) -> NotApplied:
    """Return the error for a change that was not made."""
    why, hint = sentence(ack)
    return NotApplied(f'"{path}" in the container was not changed: {why}', path=path, done=done, hint=hint)
