"""Starting one command: fast, and as if from a fresh login shell whatever the guardian itself ignores or blocks."""

import errno
import os
import signal

ALL_SIGNALS = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})


class SpawnError(Exception):
    """The command could not be started: ``number`` is the errno, ``what`` is ``folder`` or ``program``."""

    def __init__(self, number: int, what: bytes, path: bytes) -> None:
        super().__init__(number, what, path)
        self.number = number
        self.what = what
        self.path = path


def spawn(argv: list[bytes], folder: bytes, environment: dict[bytes, bytes], fds: list[int], *, tty: bool) -> int:
    """Start a command in a session of its own and return its process id. Raises SpawnError.

    ``fds`` are out and err, or with ``tty`` the terminal, which becomes the controlling one. The guardian has one thread,
    so it may stand in the command's folder for a moment; it steps out again so as not to hold a file system.
    """
    if len(fds) != (1 if tty else 2):
        raise SpawnError(errno.EMFILE, b"program", argv[0])  # they were lost on the way: too many are open here
    try:
        os.chdir(folder)
    except OSError as error:
        raise SpawnError(error.errno or errno.EIO, b"folder", folder) from None
    try:
        return _exec(_find(argv[0], environment), argv, environment, _wiring(fds, tty=tty))
    finally:
        os.chdir("/")


def _exec(path: bytes, argv: list[bytes], environment: dict[bytes, bytes], wiring: list[tuple[object, ...]]) -> int:
    """Start the file; one without a ``#!`` line is run by the shell, as every shell does."""
    try:
        return _posix_spawn(path, argv, environment, wiring)
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            return _exec(b"/bin/sh", [b"/bin/sh", path, *argv[1:]], environment, wiring)
        raise SpawnError(error.errno or errno.EIO, b"program", path) from None
    except ValueError:  # a variable without a name
        raise SpawnError(errno.EINVAL, b"program", path) from None


def _posix_spawn(
    path: bytes, argv: list[bytes], environment: dict[bytes, bytes], wiring: list[tuple[object, ...]]
) -> int:
    return os.posix_spawn(
        path, argv, environment, file_actions=wiring, setsid=True, setsigmask=(), setsigdef=ALL_SIGNALS
    )


def _wiring(fds: list[int], *, tty: bool) -> list[tuple[object, ...]]:
    """Return what happens to descriptors in the child; all others close by themselves (close-on-exec)."""
    if not tty:
        return [(os.POSIX_SPAWN_DUP2, fds[0], 1), (os.POSIX_SPAWN_DUP2, fds[1], 2)]
    # Opened by the leader of a session without a terminal, it becomes the session's controlling terminal.
    terminal = os.ttyname(fds[0])
    return [
        (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
    ]


def _find(name: bytes, environment: dict[bytes, bytes]) -> bytes:
    """Return the file of a command, searched as execvp does but on the command's own PATH and from its own folder."""
    if b"/" in name:
        return name
    number = errno.ENOENT
    for folder in environment.get(b"PATH", os.fsencode(os.defpath)).split(b":"):
        path = os.path.join(folder, name) if folder else b"./" + name
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
        if os.path.isfile(path):
            number = errno.EACCES
    raise SpawnError(number, b"program", name)
