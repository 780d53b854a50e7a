"""The two ways to go inside: with a command, or with a shell."""

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from homeport.cli.call import Call
from homeport.cli.inside.docker import become_docker, container_of
from homeport.cli.inside.finding import Found, entered, find
from homeport.cli.inside.naming import meant
from homeport.cli.place import client
from homeport.model.errors import OutsideError, RefusedError

_SHELL = "TERM=$0; export TERM; if command -v bash >/dev/null 2>&1; then exec bash; fi; exec sh"
"""Bash where the image has it; the terminal is ours, so its name is."""


def go(call: Call, word: str, argv: Sequence[str], container: str | None) -> int:
    """Run a command where a service or task is; return its exit code. As a process it takes the place of this one."""
    found = find(call, meant(word))
    if found.where.place == "here":
        _refuse_here(found, container)
        env, folder = client(call).environment(found.meant.name)
        _become(found.meant.name, argv, env, folder)
    return _elsewhere(call, found, argv, container)


def go_with_shell(call: Call, word: str, container: str | None) -> int:
    """Open a shell where a service or task is; return its exit code."""
    found = find(call, meant(word))
    term = call.environ.get("TERM") or "xterm"
    if found.where.place == "here":
        _refuse_here(found, container)
        env, folder = client(call).environment(found.meant.name)
        _become(found.meant.name, [call.environ.get("SHELL") or "sh"], {**env, "TERM": term}, folder)
    return _elsewhere(call, found, ["sh", "-c", _SHELL, term], container)


def _elsewhere(call: Call, found: Found, argv: Sequence[str], container: str | None) -> int:
    tty, term = sys.stdin.isatty() and sys.stdout.isatty(), call.environ.get("TERM") or "xterm"
    if found.where.place == "docker":
        box = container_of(call, found, container)
        become_docker(["exec", "-i", *(["-t", "-e", f"TERM={term}"] if tty else []), box, *argv])

    async def inside() -> int:
        from homeport.cli.inside.running import run

        async with entered(call, found, container) as (cluster, target):
            return await run(cluster, target, argv, tty=tty)

    return asyncio.run(inside())


def _refuse_here(found: Found, container: str | None) -> None:
    """Raise RefusedError for a part of a process."""
    what = f'container "{container}"' if container else f'pod "{found.meant.pod}"' if found.meant.pod else ""
    if what:
        raise RefusedError(
            f'"{found.meant.name}" is a process of this machine and has no {what}', hint="leave that out"
        )
    if found.meant.replica not in (None, 1):
        raise RefusedError(
            f"only the environment of the first replica of {found.meant.name} is known", hint="leave out the number"
        )


def _become(name: str, argv: Sequence[str], env: dict[str, str], folder: str) -> NoReturn:
    """Become a command in the environment of a process. Raises OutsideError when it cannot be started."""
    try:
        os.chdir(folder)
        os.execvpe(argv[0], list(argv), env)
    except FileNotFoundError:
        looked = env.get("PATH", "") if os.path.isdir(folder) else f'"{folder}", which does not exist'
        raise OutsideError(f'"{argv[0]}" was not found for {name}', hint=f"looked in {looked}") from None
    except OSError as error:
        raise OutsideError(f'"{argv[0]}" cannot be started: {error.strerror}') from None
