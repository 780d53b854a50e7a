"""From what a stack file says of manifests to objects: files, folders, patterns, and the output of a command."""

import glob
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from homeport.config.manifests.parsing import Check, called, objects, unchecked
from homeport.config.manifests.texts import Text
from homeport.model.errors import ConfigError, Mistake
from homeport.model.manifests import Manifests, Said
from homeport.model.parts import Exec

LIMIT: Final = 120.0
"""Seconds that a command which prints objects may take."""
_ENDINGS: Final = (".yaml", ".yml", ".json")
_WILD: Final = "*?["
_SHOWN: Final = 5
"""Last lines of a failed command that are told."""


class Running:
    """The command that prints objects, while it runs, for who does not want to wait for its end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._over = False

    def enter(self, process: "subprocess.Popen[bytes]") -> None:
        """Know the command that runs now."""
        self._process = process
        if self._over:
            self.end()

    def end(self) -> None:
        """End it with all that it started, now or as soon as it runs."""
        self._over = True
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def load(
    node: Manifests,
    environ: Mapping[str, str],
    limit: float = LIMIT,
    running: Running | None = None,
    check: Check = unchecked,
) -> list[Said]:
    """Return all objects of a node with their places, files first. Raises ConfigError naming file and line.

    It blocks while files are read and its command runs, and leaves no process behind. ``running`` can end the command;
    ``check`` tells what is wrong with the fields of an object.
    """
    found = [each for path in _files(node) for each in objects(Text(_text(node, path), path), check)]
    found += [Said(each, node.at.file, node.at.line) for each in node.objects]
    wrong = [(each, misfit) for each in node.objects for misfit in check(each)]
    if wrong:
        raise ConfigError(
            [Mistake(f"{called(each)} has {misfit.wrong}", node.at.file, node.at.line, hint=misfit.hint)
             for each, misfit in wrong]
        )  # fmt: skip
    if node.run is not None:
        printed = _printed(node, environ, limit, running or Running())
        found += objects(Text(printed, node.at.file, node), check)
    if not found:
        raise _wrong(node, f'"{node.name}" has no objects', "name files that hold some")
    return found


def _files(node: Manifests) -> Iterator[str]:
    for path in node.paths:
        if any(letter in path for letter in _WILD):
            found = sorted(each for each in glob.glob(path, recursive=True) if os.path.isfile(each))
        elif os.path.isdir(path):
            found = sorted(str(each) for each in Path(path).iterdir() if each.suffix in _ENDINGS and each.is_file())
        else:
            found = [path]
        if not found:
            raise _wrong(node, f'"{path}" has no YAML or JSON files', "name a file, a folder, or a pattern with files")
        yield from found


def _text(node: Manifests, path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except FileNotFoundError as error:
        raise _wrong(node, f'there is no file "{path}"', "paths are relative to the file that says them") from error
    except OSError as error:
        raise _wrong(node, f'"{path}" cannot be read: {error.strerror}', "mend its permissions") from error
    except UnicodeDecodeError as error:
        raise _wrong(node, f'"{path}" is not UTF-8', "save it as UTF-8") from error


def _printed(node: Manifests, environ: Mapping[str, str], limit: float, running: Running) -> str:
    assert node.run is not None
    said = node.run.argv if isinstance(node.run, Exec) else ("/bin/sh", "-c", node.run.text)
    argv = [str(each) for each in said]
    try:
        with subprocess.Popen(argv, cwd=node.cwd, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, start_new_session=True) as process:  # fmt: skip
            running.enter(process)
            try:
                out, err = process.communicate(timeout=limit)
            finally:
                running.end()
    except subprocess.TimeoutExpired as error:
        raise _wrong(
            node, f'the command of "{node.name}" printed no objects within {limit:g} s', "run it by hand"
        ) from error
    except OSError as error:
        what = f'the command of "{node.name}" cannot be started: {argv[0]}: {error.strerror}'
        raise _wrong(node, what, "install it, or mend its path") from error
    if process.returncode != 0:
        told = err.decode("utf-8", "replace").strip().splitlines()[-_SHOWN:]
        what = "\n".join([f'the command of "{node.name}" failed with exit code {process.returncode}', *told])
        raise _wrong(node, what, "run it by hand")
    return out.decode("utf-8", "replace")


def _wrong(node: Manifests, what: str, hint: str) -> ConfigError:
    return ConfigError([Mistake(what, node.at.file, node.at.line, hint=hint)])
