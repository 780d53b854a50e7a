"""Why a program could not be started, as one sentence and one next step."""

import errno
import os

from homeport.kit import shortage
from homeport.model.errors import OutsideError
from homeport.ports.runtime import Launch


def refusal(launch: Launch, number: int, what: str, path: str) -> OutsideError:
    """Return the error for an errno that came from the working folder (``folder``) or from the ``program`` at ``path``."""
    if (short := shortage.of_errno(number)) is not None:
        return OutsideError(f'{launch.label}: cannot start "{launch.argv[0]}": {short.reason}', hint=short.hint)
    if what == "folder":
        return _folder(launch, number)
    if number == errno.E2BIG:
        size = sum(len(os.fsencode(part)) for part in (*launch.argv, *launch.env, *launch.env.values()))
        return OutsideError(
            f"{launch.label}: its arguments and environment ({size // 1024} KiB) are larger than the system allows",
            hint="hand large values over in a file",
        )
    return _program(launch, number, path)


def holds_nul(launch: Launch) -> OutsideError:
    """Return the error for text that no program can be given."""
    return OutsideError(
        f"{launch.label}: an argument, an environment value or the working folder holds a NUL byte, expected text without",
        hint="hand binary data over in a file",
    )


def _folder(launch: Launch, number: int) -> OutsideError:
    if number == errno.ENOENT:
        return OutsideError(
            f'{launch.label}: working folder "{launch.cwd}" does not exist', hint="create it, or correct its path"
        )
    return OutsideError(
        f'{launch.label}: working folder "{launch.cwd}" cannot be entered: {os.strerror(number)}',
        hint="expected a folder that this user may enter",
    )


def _program(launch: Launch, number: int, path: str) -> OutsideError:
    name = launch.argv[0]
    whole = os.path.join(launch.cwd, path)
    if number == errno.ENOENT and "/" not in path:
        searched = launch.env.get("PATH") or os.defpath
        return OutsideError(
            f'{launch.label}: command "{name}" was not found; searched: {searched.replace(os.pathsep, ", ")}',
            hint=f'install "{name}", or give its full path',
        )
    if number == errno.ENOENT and os.path.exists(whole):
        return OutsideError(
            f'{launch.label}: "{name}" names an interpreter that does not exist{_first_line(whole)}',
            hint="install the interpreter, or correct the first line of the file",
        )
    if number == errno.ENOENT:
        return OutsideError(f'{launch.label}: program "{name}" does not exist in {launch.cwd}', hint="correct its path")
    if number == errno.EACCES and os.path.isdir(whole):
        return OutsideError(f'{launch.label}: "{name}" is a folder, expected a program', hint="name the file to run")
    if number == errno.EACCES:
        return OutsideError(f'{launch.label}: "{name}" is not executable', hint=f"make it so: chmod +x {path}")
    return OutsideError(
        f'{launch.label}: "{name}" cannot be started: {os.strerror(number)}', hint="check that it runs in a shell"
    )


def _first_line(path: str) -> str:
    """Return the first line of a script in brackets, when it can be read."""
    try:
        with open(path, "rb") as file:
            line = file.readline(200).strip()
    except OSError:
        return ""
    return f" ({line.decode(errors='replace')})" if line.startswith(b"#!") else ""
