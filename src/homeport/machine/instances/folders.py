"""Where things are kept: the XDG folders, and short ones for sockets."""

import hashlib
import os
import pwd
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from homeport.kit.filenames import file_name
from homeport.machine.files import private_folder, write_new
from homeport.model.errors import OutsideError

SOCKET_PATH = 107 if sys.platform == "linux" else 103
"""The most bytes that the path of a unix socket may have."""

_ROOM = 36
"""Bytes kept free below an instance's runtime folder for a service's folder and a socket of its own."""

_OWNER = ".instance"
"""The file in a runtime folder that names the folder of its instance."""


class Folders(Struct, frozen=True):
    """The folders of one user: ``state`` outlives everything, ``cache`` may be emptied, ``runtime`` ends with the session.

    ``runtime`` None: there is none on this machine, and short folders below ``temporary`` take its place.
    """

    state: Path
    cache: Path
    runtime: Path | None = None
    temporary: Path = Path("/tmp")

    @property
    def leases(self) -> Path:
        """The folder of the port leases, shared by all instances."""
        return self.state / "leases"

    @property
    def instances(self) -> Path:
        """The folder of the instances' folders."""
        return self.state / "instances"

    def instance(self, name: str) -> Path:
        """Return the folder of what outlives the runs of an instance."""
        return self.instances / file_name(name)

    def instance_runtime(self, name: str) -> Path:
        """Return the folder for an instance's sockets and small files, made when absent (0700).

        It is short enough for sockets in folders below it, and says whose it is. Raises OutsideError when another user
        holds it.
        """
        of = self.instance(name)
        if self.runtime is not None:
            wanted = self.runtime / file_name(name)
            if len(os.fsencode(wanted)) + _ROOM <= SOCKET_PATH and _is_usable(self.runtime):
                found = verified_folder(wanted)
                if _is_of(found, of):
                    return found
        found = verified_folder(self._short(name))
        _is_of(found, of)
        return found

    def runtime_folders(self) -> Iterator[tuple[Path, Path | None]]:
        """Yield the runtime folders of this user's instances with the instance's folder, None where that is not told."""
        mine = list(self.temporary.glob(f"homeport-{os.getuid()}-*"))
        for path in sorted([*(self.runtime.glob("*") if self.runtime is not None else ()), *mine]):
            found = os.lstat(path)
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
                yield path, owner_of(path)

    def _short(self, name: str) -> Path:
        digest = hashlib.blake2b(f"{self.state}\0{name}".encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
        return self.temporary / f"homeport-{os.getuid()}-{digest}"


def folders_of(environ: Mapping[str, str]) -> Folders:
    """Return the folders that an environment names; nothing is made. Relative XDG paths do not count, as XDG says.

    Raises OutsideError when a home is needed and nobody knows it.
    """
    runtime = _absolute(environ.get("XDG_RUNTIME_DIR"))
    return Folders(
        state=(_absolute(environ.get("XDG_STATE_HOME")) or home_of(environ, os.getuid()) / ".local" / "state")
        / "homeport",
        cache=(_absolute(environ.get("XDG_CACHE_HOME")) or home_of(environ, os.getuid()) / ".cache") / "homeport",
        runtime=runtime / "homeport" if runtime else None,
    )


def home_of(environ: Mapping[str, str], user: int) -> Path:
    """Return the home of a user. Raises OutsideError when nobody knows it."""
    try:
        return Path(environ.get("HOME") or pwd.getpwuid(user).pw_dir)
    except KeyError:  # containers run programs as users that nobody has written down
        raise OutsideError(
            f"HOME is not set, and this machine does not know user {user}", hint="set HOME to a folder of yours"
        ) from None


def _absolute(path: str | None) -> Path | None:
    return Path(path) if path and os.path.isabs(path) else None


def _is_usable(runtime: Path) -> bool:
    """Whether the session's folder is there and ours: a stale XDG_RUNTIME_DIR (after ``sudo``, say) is passed over."""
    try:
        found = os.stat(runtime.parent)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def owner_of(runtime: Path) -> Path | None:
    """Return the folder of the instance that a runtime folder belongs to, None where that is not told."""
    try:
        return Path(os.fsdecode((runtime / _OWNER).read_bytes()))
    except OSError:
        return None


def _is_of(runtime: Path, instance: Path) -> bool:
    """Whether a runtime folder belongs to an instance, which takes one that is nobody's.

    Several state folders (several HOMEs of one user) may share the session's folder, and have instances of one name.
    """
    owner = owner_of(runtime)
    if owner is None:
        write_new(runtime / _OWNER, os.fsencode(instance))
        owner = owner_of(runtime)
    return owner == instance


def verified_folder(path: Path) -> Path:
    """Make a folder or verify that it is a real one, ours, and closed to others. Raises OutsideError when it is not."""
    private_folder(path.parent)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise OutsideError(
            f'the folder "{path}" cannot be made: {error.strerror}', hint="set XDG_RUNTIME_DIR"
        ) from error
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise OutsideError(
            f'"{path}" belongs to somebody else, and sockets must not be put there',
            hint="remove it, or set XDG_RUNTIME_DIR to a folder of yours",
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        os.chmod(path, 0o700, follow_symlinks=os.chmod not in os.supports_follow_symlinks)
    return path
