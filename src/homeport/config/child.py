"""The program that evaluates a stack file, run by the project's own interpreter: ``python child.py FD FILE``.

Standard input holds a line with a JSON object: ``options`` (texts by name), ``limit`` (seconds) and ``objects`` (those that
functions of the file are to patch). It stays open as long as somebody waits for the answer; when it ends, so do this process and
what the file started. One JSON document, ended by
a zero byte, goes to the file descriptor; without that byte the file never ended, or ended this process. Whatever the
file prints goes to standard output and error. Only ``homeport`` itself becomes importable besides what the project has.
"""

from __future__ import annotations

import _thread
import faulthandler
import io
import json
import os
import signal
import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

OLDEST = (3, 11)


class OnlyHomeport:
    """Finds our package, and nothing else that lies beside it."""

    def __init__(self, folder: str) -> None:
        """Take the folder that holds the package."""
        self.folder = folder

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the package's spec; all other names are found as the project finds them."""
        return PathFinder.find_spec(name, [self.folder]) if name == "homeport" else None


def evaluate(file: str, options: dict[str, str], objects: dict[str, Any]) -> dict[str, Any]:
    """Run the file and return what it declared, as data; with ``objects`` by node what its functions make of them, too."""
    from homeport.config.words import mistakes, references
    from homeport.config.words.declaration import World
    from homeport.config.words.failures import note_exception
    from homeport.config.words.include import run_file

    class Shown(io.TextIOWrapper):
        """What the file prints, with references as people read them."""

        def write(self, text: str) -> int:
            """Write a text as people read it."""
            return super().write(references.readable(text))

    for name in ("stdout", "stderr"):
        raw = getattr(sys, name).detach()
        setattr(sys, name, Shown(raw, "utf-8", "backslashreplace", line_buffering=True))
    World.root, World.options = os.path.dirname(file), options
    failed = True
    try:
        run_file(file, "__main__")
        failed = False
    except BaseException as error:  # whatever ended the file is told as its mistake
        note_exception(error)
    declared = World.declaration
    if declared is None and not failed:
        ours = "homeport.config.words.stack" in sys.modules
        what = "the file declares no Stack" if ours else "the file is not a stack file: it never imports homeport"
        mistakes.noted.append({"what": what, "file": file, "line": 1,
                               "hint": 'start with: from homeport import Stack, then stack = Stack("name")'})  # fmt: skip
    patched = {}
    if objects and not failed:
        from homeport.config.words import patch_functions

        patched = patch_functions.run(objects)
    return {
        "patched": patched,
        "stack": declared.stack if declared else None,
        "on": declared.on if declared else "",
        "site": declared.site if declared else {},
        "at": declared.at if declared else None,
        "nodes": list(declared.nodes.values()) if declared else [],
        "sources": [*World.included, *(declared.sources if declared else ()), *imported(os.path.dirname(file))],
        "mistakes": mistakes.noted,
        "failed": failed,
    }


def imported(root: str) -> list[str]:
    """Return the files of imported modules that belong to the project itself."""
    inside = root + os.sep
    files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    away = (os.sep + "site-packages" + os.sep, os.sep + ".venv" + os.sep)
    return [file for file in files if file.startswith(inside) and not any(part in file for part in away)]


def hold_on_to(line: int) -> None:
    """Make a descriptor a lifeline: at its end this process and its group are killed. The file finds no input instead."""
    held = os.dup(line)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, line)
    os.close(nothing)

    def watch() -> None:
        while os.read(held, 1024):
            pass
        os.killpg(0, signal.SIGKILL)

    _thread.start_new_thread(watch, ())


def evaluated(file: str, options: dict[str, str], objects: dict[str, Any]) -> dict[str, Any]:
    """Evaluate as a program of the project: with its arguments and its paths."""
    sys.argv[:] = [file]
    sys.path[: 0 if getattr(sys.flags, "safe_path", False) else 1] = [os.path.dirname(file)]
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.meta_path.insert(0, OnlyHomeport(package))
    document = evaluate(file, options, objects)
    faulthandler.cancel_dump_traceback_later()
    return document


def main() -> None:
    """Read the request, evaluate, answer, and end at once: threads that the file started hold nobody up."""
    fd, file = int(sys.argv[1]), sys.argv[2]
    os.set_inheritable(fd, False)
    if sys.version_info < OLDEST:
        version = "%d.%d" % sys.version_info[:2]  # noqa: UP031 - older interpreters must read this file
        what = "%s, which would evaluate this file, is Python %s" % (sys.executable, version)  # noqa: UP031
        hint = "make its virtual environment with Python %d.%d or newer" % OLDEST  # noqa: UP031
        document = {"mistakes": [{"what": what, "file": file, "line": None, "hint": hint}], "failed": True}
    else:
        request = json.loads(sys.stdin.buffer.readline())
        try:
            hold_on_to(sys.stdin.fileno())
            faulthandler.enable(file=fd)
            faulthandler.dump_traceback_later(request["limit"], exit=True, file=fd)
        except RuntimeError as error:  # no thread can be started: nothing is known of the file
            document = {"mistakes": [], "failed": True, "unwatched": str(error)}
        else:
            document = evaluated(file, request["options"], request["objects"])
    sys.stdout.flush()
    sys.stderr.flush()
    answer = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace") + b"\0"
    while answer:
        answer = answer[os.write(fd, answer) :]
    os._exit(0)


if __name__ == "__main__":
    main()
