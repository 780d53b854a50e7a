"""Drilling as an ordinary user, on a machine where the drills run as root, whom few limits hold."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache

from drills.stage import CHECKOUT, Stage

USER = 54321
"""A user id that nobody has: the kernel counts processes by user."""


def give(stage: Stage) -> None:
    """Let the other user own everything of this round."""
    for path in (stage.folder, *stage.folder.rglob("*")):
        os.chown(path, USER, USER)


def homeport(*words: str) -> list[str]:
    """Return the command line of a command."""
    return [interpreter() or sys.executable, "-P", "-m", "homeport", *words]


def _as_user(argv: Sequence[str]) -> list[str]:
    # Through a shell: what setpriv itself executes still finds its file with the powers of root.
    return [
        *("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"),
        *("sh", "-c", 'exec "$@"', "sh", *argv),
    ]


def _environ(stage: Stage) -> Mapping[str, str]:
    return {**stage.environ, **_imports(), "HOME": str(stage.folder), "PYTHONDONTWRITEBYTECODE": "1"}


def _imports() -> Mapping[str, str]:
    """Let another interpreter of the same version find what ours finds."""
    packages = [path for path in sys.path if path.endswith("site-packages")]
    return {"PYTHONPATH": os.pathsep.join([str(CHECKOUT / "src"), *packages])}


def run(stage: Stage, argv: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command as the other user and return what it did."""
    given = {"cwd": stage.folder, "env": _environ(stage)}
    return subprocess.run(_as_user(argv), text=True, capture_output=True, timeout=60, check=False, **given)  # type: ignore[call-overload, no-any-return]


def start(stage: Stage, argv: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Start a command as the other user and go on; what it says goes to the file ``out``."""
    with open(stage.folder / "out", "ab") as out:
        return subprocess.Popen(
            _as_user(argv), cwd=stage.folder, env=_environ(stage), stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )


@cache
def interpreter() -> str | None:
    """Return an interpreter that the other user may run with our packages: ours may lie in a home that is closed."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(version, path="/usr/local/bin:/usr/bin")):
        if python is not None:
            trial = _as_user([python, "-P", "-c", "import homeport.cli.main, asyncinotify, msgspec"])
            environ = {"PATH": os.environ["PATH"], **_imports()}
            if subprocess.run(trial, cwd="/", env=environ, capture_output=True, check=False).returncode == 0:
                return python
    return None


def needs() -> str | None:
    """Return why nobody can be another user here, or None."""
    if os.geteuid() != 0:
        return "only root can become another user"
    if missing := [program for program in ("setpriv", "prlimit") if shutil.which(program) is None]:
        return f"{missing[0]} (util-linux) is not here"
    return None if interpreter() else "another user may not run the interpreter or read the packages"
