"""Bookmarks of one instance, in a file to which each place is added as a line: a house that dies loses none."""

import os
from pathlib import Path
from typing import Final

import msgspec

from homeport.machine.files import private_folder, write_whole
from homeport.model.errors import OutsideError
from homeport.ports.bookmarks import Bookmark

NAMES: Final = 1000
"""Names that are remembered: pods of days."""
LONG: Final = 1 << 18
"""Bytes that are added until the file is written anew, with the last place of each name alone."""

_Line = tuple[str, Bookmark]


class DiskBookmarks:
    """Keeps the promises of ``Bookmarks`` in a file. Only one house writes there at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: dict[str, Bookmark] | None = None
        self._sound = False
        self._added = 0

    def find(self, name: str) -> Bookmark:
        """Return the last place. Raises OutsideError when the file is there and cannot be read."""
        return self._all().get(name, Bookmark())

    def keep(self, name: str, place: Bookmark) -> None:
        """Remember a place."""
        kept = self._all()
        kept.pop(name, None)  # so that the newest stands last
        kept[name] = place
        line = msgspec.json.encode((name, place)) + b"\n"
        if not self._sound or self._added + len(line) > LONG:
            self._write_anew(kept)
        else:
            self._add(line)

    def _all(self) -> dict[str, Bookmark]:
        if self._kept is None:
            self._kept = dict(_read(self._file))
        return self._kept

    def _write_anew(self, kept: dict[str, Bookmark]) -> None:
        for name in list(kept)[:-NAMES]:
            del kept[name]
        whole = b"".join(msgspec.json.encode(each) + b"\n" for each in kept.items())
        write_whole(self._file, whole)
        self._sound, self._added = True, 0

    def _add(self, line: bytes) -> None:
        try:
            private_folder(self._file.parent)
            file = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, line)
            finally:
                os.close(file)
        except OSError as error:
            self._sound = False  # half a line may stand there now
            raise OutsideError(
                f'"{self._file}" cannot be written: {error.strerror}', hint="make room on the disk"
            ) from error
        self._added += len(line)


def _read(file: Path) -> list[_Line]:
    """Return the lines of a file; what is no line of ours, such as the last one of a house that died, is passed over."""
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutsideError(f'"{file}" cannot be read: {error.strerror}', hint="mend its permissions") from error
    found: list[_Line] = []
    decoder = msgspec.json.Decoder(_Line)
    for line in raw.splitlines():
        try:
            found.append(decoder.decode(line))
        except msgspec.DecodeError:
            continue
    return found
