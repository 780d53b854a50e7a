"""Leaving root behind, for a server that refuses to run as root.

First choice: a user namespace in which root is user 1000. Outside, the process stays root's, so everything that root
owns (a checkout in ``/root``, a virtual environment there) stays reachable; inside, it is an ordinary user without
powers as soon as it execs. Second choice: really become another user, where the folders' parents let one in.
"""

import ctypes
import os
import pwd
from collections.abc import Callable, Sequence
from pathlib import Path

from homeport.components.launch.refusal import Refusal

_NEW_USER_NAMESPACE = 0x10000000
_INSIDE = 1000
_ACCOUNTS = ("postgres", "nobody")


def leave_root(folder: Path, reads: Sequence[Path]) -> None:
    """Stop being root; afterwards ``folder`` can be written and ``reads`` can be read. Raises Refusal if no way is open.

    Does nothing for an ordinary user. The process must have one thread, and must not import anything afterwards: a
    Python in a folder of root is out of reach by then.
    """
    if os.geteuid() != 0:
        return
    tried: list[str] = []
    for name, enter, owner in _ways(folder):
        blocked = _attempt(enter, reads if owner else (folder, *reads), folder.parent)
        if blocked is None:
            if owner:
                _give(folder, *owner)
            enter()
            return
        tried.append(f"{name}: {blocked}")
    raise Refusal(
        f"Postgres does not run as root, and no other way led to '{folder}' ({'; '.join(tried)}); "
        "run Homeport as an ordinary user, or put the data where other users can reach them"
    )


_Way = tuple[str, Callable[[], None], tuple[int, int] | None]


def _ways(folder: Path) -> list[_Way]:
    """Return what can be tried, in order: who already owns the data goes first, so that a choice once made is kept."""
    ways: list[_Way] = [("user namespace", _enter_namespace, None)]
    for name in _ACCOUNTS:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        ways.append((f"user {name}", _becomer(account.pw_uid, account.pw_gid), (account.pw_uid, account.pw_gid)))
    found = folder.stat()
    if found.st_uid != 0:
        owner = (found.st_uid, found.st_gid)
        ways.insert(0, ("owner of the folder", _becomer(*owner), owner))
    return ways


def _enter_namespace() -> None:
    group = os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "unshare"):
        raise OSError(0, "this system has none")
    if libc.unshare(_NEW_USER_NAMESPACE) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for file, text in (("setgroups", "deny"), ("uid_map", f"{_INSIDE} 0 1"), ("gid_map", f"{_INSIDE} {group} 1")):
        Path("/proc/self", file).write_text(text, encoding="utf-8")


def _becomer(user: int, group: int) -> Callable[[], None]:
    def become() -> None:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)

    return become


def _give(folder: Path, user: int, group: int) -> None:
    os.chown(folder, user, group)
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(root, name), user, group, follow_symlinks=False)


def _attempt(enter: Callable[[], None], reads: Sequence[Path], parent: Path) -> str | None:
    """Try a way in a child process, because none leads back. Return what blocks it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            enter()
            said = _unreachable(reads, parent)
        except OSError as error:
            said = error.strerror or "refused"
        os.write(writer, said.encode("utf-8", "replace")[:4000])
        os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8", errors="replace") as pipe:
        blocked = pipe.read()
    _, status = os.waitpid(child, 0)
    return blocked or (None if status == 0 else "the attempt died")


def _unreachable(reads: Sequence[Path], parent: Path) -> str:
    if not os.access(parent, os.X_OK):
        return f"'{parent}' is closed"
    return next((f"'{path}' is closed" for path in reads if not os.access(path, os.R_OK)), "")
