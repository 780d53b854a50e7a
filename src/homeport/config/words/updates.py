"""Words for what follows a save while a container runs: the rules in ``update=`` of an image."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from homeport.config.words import expect, places
from homeport.config.words.files import Files, Patterns, emit_files
from homeport.config.words.mistakes import note, wrong_type
from homeport.config.words.values import Plain, emit_command, need_plain

Watched = Patterns | Files


class Update:
    """A rule for running containers, made by ``sync()``, ``run_after()``, ``restart_after()`` or ``full_build()``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data


def sync(local: str | os.PathLike[str], remote: str, *, ignore: str | Sequence[str] = ()) -> Update:
    """Keeps files the same in running containers: a save arrives there without another build.

    Args:
        local: A file or folder, relative to the file that says it.
        remote: Where it is in the container: a whole path, such as ``"/app/src"``.
        ignore: Patterns of files that stay out, as ``.gitignore`` writes them.
    """
    there = inside(remote, "remote")
    data: dict[str, Any] = {"kind": "sync", "local": places.resolve(expect.path(local, "local")), "remote": there}
    return Update({**data, "ignore": expect.texts(ignore, "ignore", "a pattern")})


def run_after(run: str | Sequence[Plain], *, when: Watched | Sequence[Watched] | None = None) -> Update:
    """Runs a command in the container after a ``sync()``, such as an install. It says *after*, since ``run=`` is the program.

    Args:
        run: The command: a list (a program and its arguments) or text (for the shell).
        when: Files: it runs only when one of them was among those that were saved.
    """
    return Update({"kind": "run", "run": emit_command(run), "when": emit_files(when, "when")})


def restart_after(*, when: Watched | Sequence[Watched] | None = None) -> Update:
    """Starts the container's program anew after a ``sync()``, within the same container.

    It says *after*, since ``restart()`` is what follows when a program ends by itself.

    Args:
        when: Files: it starts anew only when one of them was among those that were saved.
    """
    return Update({"kind": "restart", "when": emit_files(when, "when")})


def full_build(*patterns: Watched) -> Update:
    """Files whose change always means another build of the image, whatever ``sync()`` covers.

    It says *full*, since ``stack.build()`` declares build steps.

    Args:
        patterns: The files: patterns relative to the file that says them, or ``files(…)``.
    """
    if not patterns:
        note("full_build() names no files", hint='name them: full_build("requirements.txt")')
    return Update({"kind": "full", "when": emit_files(list(patterns), "patterns")})


def emit_updates(given: object) -> list[dict[str, Any]]:
    """Return the data of ``update=``. Notes a rule that follows a ``sync()`` where there is none."""
    found: list[dict[str, Any]] = []
    for each in expect.items(given, "update", "sync(…) and other rules", (Update, str)):
        if isinstance(each, Update):
            found.append(each._data)
            continue
        hint = f'what is saved there goes into the container by sync("{each}", "/app/{each}")'
        wrong_type("update", "sync(…), run_after(…), restart_after(…) or full_build(…)", each,
                   hint if isinstance(each, str) and each else None)  # fmt: skip
    kinds = [each["kind"] for each in found]
    if "sync" not in kinds and (lonely := next((kind for kind in kinds if kind in ("run", "restart")), None)):
        note(f"{lonely}_after() follows a sync(), and update= has none", argument="update",
             hint='say which files go there: sync("src", "/app/src")')  # fmt: skip
    return found


def inside(given: object, argument: str) -> str:
    """Return a whole path in a container."""
    path = need_plain(given, argument, 'a whole path in the container, such as "/app"')
    if not path.startswith("/"):
        note(f'{argument}= is a whole path in the container, and "{path}" does not begin with a slash',
             hint=f'write "/{path}", or where the image has it', argument=argument, literal=path)  # fmt: skip
        return "/"
    return os.path.normpath(path)
